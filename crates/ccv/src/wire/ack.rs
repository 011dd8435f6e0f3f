//! Acknowledgements of packets, both ways. Source: provider spec §1.7, consumer spec §2.3.
