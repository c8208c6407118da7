//! `granule account` and `granule trace`: what became of each piece of content of a document.

use anyhow::{Result, bail};

use super::{AccountArgs, DONE, REFUSED, TraceArgs, mappings, print};
use crate::account::{Account, text};
use crate::bulk::discover::discover;
use crate::bulk::read;
use crate::convert::guard::guarded;
use crate::convert::{Converter, Options, Original};
use crate::intake;

/// Prints the account of a document.
pub fn run(args: &AccountArgs) -> Result<u8> {
    let most = args.limit.map_or(usize::MAX, |n| n as usize);
    of(&args.input, &args.choosing, &args.mappings, args.all, |accounts| {
        Ok(if args.json { json(accounts)? } else { each(accounts, |a| text::account(a, most)) })
    })
}

/// Prints where each piece of content of a document stands in the bundle.
pub fn trace(args: &TraceArgs) -> Result<u8> {
    of(&args.input, &args.choosing, &args.mappings, true, |accounts| {
        Ok(if args.json { json(accounts)? } else { each(accounts, text::trace) })
    })
}

fn json(accounts: &[Account]) -> Result<String> {
    // the documents of one envelope make a list
    let mut text = match accounts {
        [one] => serde_json::to_string_pretty(one)?,
        all => serde_json::to_string_pretty(all)?,
    };
    text.push('\n');
    Ok(text)
}

fn each(accounts: &[Account], show: impl Fn(&Account) -> String) -> String {
    let several = accounts.len() > 1;
    let one = |(i, a): (usize, &Account)| {
        let head = if several { format!("document {}\n\n", i + 1) } else { String::new() };
        head + &show(a)
    };
    accounts.iter().enumerate().map(one).collect::<Vec<_>>().join("\n")
}

fn of(
    input: &std::path::Path,
    choosing: &super::Choosing,
    tables: &super::Mappings,
    all: bool,
    show: impl Fn(&[Account]) -> Result<String>,
) -> Result<u8> {
    let documents = discover(&[input.to_owned()])?;
    let [document] = documents.as_slice() else {
        bail!("an account is of one document; of many, say granule convert --report FILE");
    };
    let options = Options { lineage: true, original: Original::Omit, ..choosing.options() };
    let converter = Converter::new(mappings::plan(tables)?);
    let mut accounts = Vec::new();
    let done = guarded(|| {
        let bytes = read(&document.source, options.limits.max_bytes)?;
        intake::convert_with(&converter, &bytes, &options, |bytes, done| {
            accounts.extend(Account::of(converter.plan(), bytes, &options, done, all));
        })
    });
    let refused = match done {
        Ok(results) => results.into_iter().filter_map(Result::err).collect(),
        Err(e) => vec![e],
    };
    for e in &refused {
        say!("{}", super::convert::refusal(document, e));
    }
    if !accounts.is_empty() {
        print(show(&accounts)?.as_bytes())?;
    }
    Ok(if refused.is_empty() { DONE } else { REFUSED })
}
