//! The mapping language: tables are loaded, checked against both models, compiled to an indexed plan, and run.

pub mod context;
pub mod native;
pub mod terminology;
