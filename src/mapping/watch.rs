//! Who wants to know which rule works when: a clock that is handed in from outside. Rooms that map never read a clock
//! themselves; without a watcher nothing is told, and that costs one test for each resource.

use super::plan::RuleId;

/// Is told when a rule begins to work on a node, and when it has ended. Rules call rules: between a begin and its end there
/// may be others, always closed before.
pub trait RuleWatch: Sync {
    /// The rows of a rule begin.
    fn begin(&self, rule: RuleId);
    /// The rule that began last is done.
    fn end(&self);
}

/// The work of one rule on one node; tells the watcher that it has ended when it is dropped.
pub struct RuleWork<'w>(&'w dyn RuleWatch);

impl<'w> RuleWork<'w> {
    /// Tells the watcher, if there is one, that a rule begins.
    pub fn begin(watch: Option<&'w dyn RuleWatch>, rule: RuleId) -> Option<RuleWork<'w>> {
        watch.map(|w| {
            w.begin(rule);
            RuleWork(w)
        })
    }
}

impl Drop for RuleWork<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
