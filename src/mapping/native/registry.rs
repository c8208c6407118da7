//! Which transform makes which FHIR type of a node, and the transforms that rows name with `via`.

use crate::cda::tree::Node;
use crate::fhir::value::Value;

use super::super::context::Context;

/// A value with the extensions that accompany it when it is a primitive.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Made {
    /// the value; `None` when only extensions say something (data-absent-reason)
    pub value: Option<Value>,
    /// extensions of a primitive
    pub extension: Vec<Value>,
}

impl From<Value> for Made {
    fn from(value: Value) -> Made {
        Made { value: Some(value), extension: vec![] }
    }
}

/// What a transform gives: the type suffix when the row is a choice, and the value.
pub type Given = Option<(Option<&'static str>, Made)>;

/// A transform that rows name with `via`.
#[derive(Debug, Clone, Copy)]
pub enum Transform {
    /// of one node
    One(for<'a, 'b> fn(&'a Context<'a>, Node<'b>) -> Given),
    /// of all nodes that the path finds
    Many(for<'a, 'b> fn(&'a Context<'a>, &'b [Node<'b>]) -> Given),
    /// of one node, and of what stands in brackets behind the name: `via = "name(told)"`
    Told(for<'a, 'b> fn(&'a Context<'a>, Node<'b>, &str) -> Given),
}

/// A named transform with its description, for `granule explain`, the docs and the editor.
#[derive(Debug)]
pub struct Native {
    /// as rows write it
    pub name: &'static str,
    /// what it does
    pub doc: &'static str,
    /// the transform
    pub transform: Transform,
}

/// The transform that a row calls, and what it is told; `None` when there is none, or one that is told nothing or too much.
pub fn called(text: &str) -> Option<(Transform, &str)> {
    let (name, told) = match text.strip_suffix(')').and_then(|t| t.split_once('(')) {
        Some((name, told)) => (name, told.trim()),
        None => (text, ""),
    };
    native(name).filter(|t| matches!(t, Transform::Told(_)) != told.is_empty()).map(|t| (t, told))
}

/// The transform of a name.
pub fn native(name: &str) -> Option<Transform> {
    super::NATIVES.iter().find(|n| n.name == name).map(|n| n.transform)
}
