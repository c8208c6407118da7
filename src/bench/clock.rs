//! The clock that watches conversions: how long each stage takes, and each rule without the rules it calls.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::convert::watch::{Stage, Watch};
use crate::mapping::plan::RuleId;
use crate::mapping::watch::RuleWatch;

/// What a rule cost over all conversions that were watched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleTime {
    /// how often its rows ran
    pub times: u64,
    /// how long, without the rules that they called
    pub own: Duration,
}

/// A clock for conversions on one thread.
#[derive(Debug)]
pub struct Clock {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    stage: Option<(Stage, Instant)>,
    stages: [Duration; Stage::ALL.len()],
    /// rules at work, the innermost last: which, since when, and how long rules that it called have taken
    working: Vec<(RuleId, Instant, Duration)>,
    rules: Vec<RuleTime>,
}

impl Clock {
    /// A clock for a plan with this many rules.
    pub fn new(rules: usize) -> Clock {
        let state = State {
            stage: None,
            stages: [Duration::ZERO; Stage::ALL.len()],
            working: Vec::new(),
            rules: vec![RuleTime::default(); rules],
        };
        Clock { state: Mutex::new(state) }
    }

    /// The stage that runs is over, and none follows.
    pub fn stop(&self) {
        let mut s = self.state();
        s.change(None);
        // of a conversion that panicked
        s.working.clear();
    }

    /// Time of each stage, in the order of [`Stage::ALL`].
    pub fn stages(&self) -> [Duration; Stage::ALL.len()] {
        self.state().stages
    }

    /// Time of each rule, by its number in the plan.
    pub fn rules(&self) -> Vec<RuleTime> {
        self.state().rules.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // sums of times stay whole whatever panics
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn change(&mut self, to: Option<Stage>) {
        let now = Instant::now();
        let next = to.map(|stage| (stage, now));
        if let Some((stage, since)) = std::mem::replace(&mut self.stage, next) {
            self.stages[stage as usize] += now - since;
        }
    }
}

impl Watch for Clock {
    fn stage(&self, stage: Stage) {
        self.state().change(Some(stage));
    }
}

impl RuleWatch for Clock {
    fn begin(&self, rule: RuleId) {
        let mut s = self.state();
        s.working.push((rule, Instant::now(), Duration::ZERO));
    }

    fn end(&self) {
        let mut s = self.state();
        let Some((rule, since, called)) = s.working.pop() else { return };
        let took = since.elapsed();
        if let Some(caller) = s.working.last_mut() {
            caller.2 += took;
        }
        if let Some(time) = s.rules.get_mut(usize::from(rule.0)) {
            time.times += 1;
            time.own += took.saturating_sub(called);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_called_rule_takes_is_not_the_callers() {
        let clock = Clock::new(2);
        clock.stage(Stage::Rows);
        clock.begin(RuleId(0));
        clock.begin(RuleId(1));
        std::thread::sleep(Duration::from_millis(20));
        clock.end();
        clock.end();
        clock.stop();
        let (rules, stages) = (clock.rules(), clock.stages());
        assert_eq!((rules[0].times, rules[1].times), (1, 1));
        assert!(rules[1].own >= Duration::from_millis(20));
        assert_eq!(stages.iter().filter(|s| !s.is_zero()).count(), 1);
        // whatever the machine does: the two rules together are never more than the stage that they ran in
        assert!(rules[0].own + rules[1].own <= stages[Stage::Rows as usize]);
    }

    #[test]
    fn a_conversion_that_panicked_leaves_no_rule_at_work() {
        let clock = Clock::new(1);
        clock.begin(RuleId(0));
        clock.stop();
        clock.end();
        assert_eq!(clock.rules()[0].times, 0);
    }
}
