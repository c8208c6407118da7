//! Where the walk is; text only when there is something to report.

/// The names and positions from the resource to the element being looked at.
#[derive(Default)]
pub(super) struct Path {
    steps: Vec<(&'static str, u32)>,
}

/// The position of an element that does not repeat.
const SINGLE: u32 = u32::MAX;

impl Path {
    /// Back to the start.
    pub(super) fn clear(&mut self) {
        self.steps.clear();
    }

    /// How deep the walk is.
    pub(super) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Into an element.
    #[inline]
    pub(super) fn push(&mut self, name: &'static str, index: Option<usize>) {
        self.steps.push((name, index.map_or(SINGLE, |i| i as u32)));
    }

    /// Out of it.
    #[inline]
    pub(super) fn pop(&mut self) {
        self.steps.pop();
    }

    /// FHIRPath of a child of the present element, or of that itself when `leaf` is empty. FHIRPath has no `[x]`.
    pub(super) fn text(&self, leaf: &str) -> String {
        let mut out = String::new();
        for (name, index) in &self.steps {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(name.strip_suffix("[x]").unwrap_or(name));
            if *index != SINGLE {
                out.push('[');
                out.push_str(&index.to_string());
                out.push(']');
            }
        }
        if !leaf.is_empty() {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&leaf.replace("[x]", ""));
        }
        out
    }
}
