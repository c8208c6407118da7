//! The mapping language: tables are loaded, checked against both models, compiled to an indexed plan, and run.

pub mod ast;
mod compile;
pub mod context;
pub mod define;
pub mod diagnostics;
pub mod link;
pub mod load;
pub mod model;
pub mod native;
mod needs;
pub mod packs;
pub mod path;
pub mod plan;
pub mod reviews;
pub mod run;
pub mod terminology;
mod visits;
pub mod watch;
