//! The consumer, step by step.
