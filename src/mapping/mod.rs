//! The mapping language: tables are loaded, checked against both models, compiled to an indexed plan, and run.

pub mod ast;
pub mod context;
pub mod diagnostics;
pub mod load;
pub mod native;
pub mod path;
pub mod terminology;
