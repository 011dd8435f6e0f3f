//! ccv
