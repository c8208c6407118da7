//! Many documents: found in a fixed order, converted in parallel, each for itself, written and forgotten.

pub mod discover;
pub mod summary;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::account::Account;
use crate::account::gather::Report;
use crate::convert::guard::guarded;
use crate::convert::{
    Conversion, ConvertError, Converter, Counts, Issue, Options, Original, Refusal, Severity, report,
};
use crate::fhir::bundle::BundleKind;
use crate::intake;
use crate::sink::{Folder, Receiver};
use discover::{Document, Source};
use summary::Summary;

/// How a run is told what happens, while it happens.
pub trait Progress: Sync {
    /// A document was refused, or could not be read or written.
    fn refused(&self, document: &Document, error: &ConvertError);
    /// A document is done, converted or refused.
    fn done(&self);
}

/// What became of a document: its issues, its counts, and why it was not delivered.
type Written = (Vec<Issue>, Counts, Option<ConvertError>);

/// How a run writes.
#[derive(Clone)]
pub struct Run<'r> {
    /// the converter
    pub converter: &'r Converter,
    /// how each document is converted
    pub options: &'r Options,
    /// where bundles and issues go
    pub folder: Option<&'r Folder>,
    /// who takes the bundles as well
    pub receiver: Option<&'r dyn Receiver>,
    /// indented JSON
    pub pretty: bool,
}

impl Run<'_> {
    /// Converts documents on the threads of the rayon pool that this is called in. What is held at one time is the documents
    /// in work, never those that are done.
    pub fn convert(&self, documents: &[Document], progress: &dyn Progress) -> Summary {
        let mut options = self.options.clone();
        if documents.len() > rayon::current_num_threads() {
            // all threads have documents of their own: splitting one further costs without gain. The result is the same
            options.parallel_from = usize::MAX;
        }
        // each thread takes the next document: the bundles appear roughly in the order of the documents, and a thread that
        // sits on a large one keeps nobody waiting
        let next = AtomicUsize::new(0);
        let sums = rayon::broadcast(|_| {
            let mut sum = Summary::default();
            while let Some(document) = documents.get(next.fetch_add(1, Ordering::Relaxed)) {
                sum.merge(self.one(document, &options, progress));
                progress.done();
            }
            sum
        });
        sums.into_iter().fold(Summary::default(), |mut all, one| {
            all.merge(one);
            all
        })
    }

    fn one(&self, document: &Document, options: &Options, progress: &dyn Progress) -> Summary {
        let mut summary = Summary { documents: 1, ..Summary::default() };
        let mut accounts = Vec::new();
        let arrived = guarded(|| {
            let bytes = read(&document.source, options.limits.max_bytes)?;
            let options = of_document(options, document);
            intake::convert_with(self.converter, &bytes, &options, |bytes, done| {
                if options.lineage {
                    accounts.push(Account::of(self.converter.plan(), bytes, &options, done, false));
                }
            })
        });
        let mut accounts = accounts.into_iter();
        let arrived = arrived.unwrap_or_else(|e| vec![Err(e)]);
        let several = arrived.len() > 1;
        summary.documents = arrived.len() as u64;
        for (i, result) in arrived.into_iter().enumerate() {
            // the documents of one envelope are told apart by their number in it
            let numbered = if several { &document.numbered(i + 1) } else { document };
            let account = if result.is_ok() { accounts.next().flatten() } else { None };
            let result = result.and_then(|done| guarded(|| self.written(numbered, done, &mut summary)));
            match result {
                Ok((issues, counts, undelivered)) => {
                    summary.tally.add(&issues);
                    if let Some(account) = &account {
                        let name = numbered.name.display().to_string();
                        summary.report.merge(Report::of(&name, account, &issues));
                    }
                    summary.counts.add(&counts);
                    if let Some(e) = undelivered {
                        progress.refused(numbered, &e);
                    }
                }
                Err(e) => {
                    summary.refused += 1;
                    progress.refused(numbered, &e);
                    if let Err(e) = self.leave_refusal(numbered, &e) {
                        progress.refused(numbered, &e);
                    }
                }
            }
        }
        summary
    }

    /// Hands a bundle over, and writes it with its issues.
    fn written(
        &self,
        document: &Document,
        mut done: Conversion,
        summary: &mut Summary,
    ) -> Result<Written, ConvertError> {
        let mut undelivered = None;
        if let Some(receiver) = self.receiver {
            undelivered = deliver(receiver, &mut done, summary);
        }
        // the bundle that a server refused stands in the folder too: whoever looks for the reason needs it
        if self.folder.is_some() {
            self.write_bundles(document, &done)?;
            self.write(&document.issues_path(), &with_newline(report::issues_json(&done.issues, self.pretty)))?;
        }
        let Conversion { issues, counts, .. } = done;
        Ok((issues, counts, undelivered))
    }

    /// One file a bundle. Messages of an earlier run that this document is no more would look like its result.
    fn write_bundles(&self, document: &Document, done: &Conversion) -> Result<(), ConvertError> {
        let mut written = Vec::new();
        for (event, bundle) in done.bundles() {
            let path = document.message_path(event);
            self.write(&path, &with_newline(bundle.to_json(self.pretty)))?;
            written.push(path);
        }
        if done.bundle.kind == BundleKind::Message {
            self.remove_messages(document, &written)?;
        }
        Ok(())
    }

    /// Removes the messages that are not among those written.
    fn remove_messages(&self, document: &Document, written: &[PathBuf]) -> Result<(), ConvertError> {
        let Some(folder) = self.folder else { return Ok(()) };
        for event in std::iter::once(None).chain(self.converter.events().map(Some)) {
            let path = document.message_path(event);
            if !written.contains(&path) {
                folder.remove(&path).map_err(|e| not_written(&path, &e))?;
            }
        }
        Ok(())
    }

    /// Says in the folder why there is no bundle; one of an earlier run would look like the result of this one.
    fn leave_refusal(&self, document: &Document, refusal: &ConvertError) -> Result<(), ConvertError> {
        let Some(folder) = self.folder else { return Ok(()) };
        folder.remove(&document.bundle_path()).map_err(|e| not_written(&document.bundle_path(), &e))?;
        if self.options.bundle == BundleKind::Message {
            self.remove_messages(document, &[])?;
        }
        self.write(&document.issues_path(), &with_newline(report::refusal_json(refusal, self.pretty)))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), ConvertError> {
        self.folder.map_or(Ok(()), |f| f.write(path, bytes)).map_err(|e| not_written(path, &e))
    }
}

/// Hands a bundle over. What came of it is counted, and what a reader should know is an issue; a refusal is given back.
fn deliver(receiver: &dyn Receiver, done: &mut Conversion, summary: &mut Summary) -> Option<ConvertError> {
    let mut note = |severity, code: &str, message: String| {
        let (at, xpath, fhir_path, row) = (None, String::new(), None, None);
        done.issues.push(Issue { severity, code: code.into(), message, at, xpath, fhir_path, row });
    };
    match receiver.take(&done.bundle) {
        Ok(taken) => {
            if taken.outdated {
                let message = "the server has a newer version of this document, or one that replaces it: nothing of this one was written";
                note(Severity::Warning, "document-outdated", message.into());
            }
            if taken.kept > 0 {
                let message = format!("{} resources were left as they are: newer documents speak of them", taken.kept);
                note(Severity::Information, "newer-kept", message);
            }
            if taken.of_others > 0 {
                let message = "the document says that it replaces one that the server has for another patient, or for one who \
                               cannot be told to be the same; that one was left as it is";
                note(Severity::Warning, "replaced-not-retired", message.into());
            }
            summary.delivery.add(&taken);
            None
        }
        Err(message) => {
            note(Severity::Error, "not-delivered", message.clone());
            summary.delivery.failed += 1;
            Some(ConvertError::new(Refusal::Undelivered, message))
        }
    }
}

fn not_written(path: &Path, e: &io::Error) -> ConvertError {
    ConvertError::new(Refusal::Io, format!("cannot write {}: {e}", path.display()))
}

/// Text files end with a newline.
fn with_newline(mut json: Vec<u8>) -> Vec<u8> {
    json.push(b'\n');
    json
}

/// Converts one document whose bundle goes to standard output.
///
/// # Errors
/// When the document is refused or cannot be read.
pub fn convert_one(converter: &Converter, options: &Options, document: &Document) -> Result<Conversion, ConvertError> {
    guarded(|| {
        let bytes = read(&document.source, options.limits.max_bytes)?;
        let mut all = intake::convert(converter, &bytes, &of_document(options, document))?;
        if all.len() > 1 {
            let message = format!("the envelope holds {} documents, which need a folder to go to: -o DIR", all.len());
            return Err(ConvertError::new(Refusal::Io, message));
        }
        all.pop().unwrap_or_else(|| Err(ConvertError::new(Refusal::NotCda, "there is no document")))
    })
}

/// The bytes of a document; of one that is larger than `max` only so many that the conversion sees that it is.
///
/// # Errors
/// When it cannot be read: what the file system says.
pub fn read(source: &Source, max: usize) -> Result<Vec<u8>, ConvertError> {
    let most = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    match source {
        Source::Stdin => io::stdin().lock().take(most).read_to_end(&mut bytes),
        Source::File(path) => File::open(path).and_then(|f| {
            // the size is asked once, so that the buffer need not grow
            let size = f.metadata().map_or(0, |m| m.len()).min(most);
            bytes.reserve_exact(usize::try_from(size).unwrap_or(0));
            f.take(most).read_to_end(&mut bytes)
        }),
    }
    .map_err(|e| ConvertError::new(Refusal::Io, format!("cannot be read: {e}")))?;
    Ok(bytes)
}

/// The options for one document: a URL of originals that ends with a slash is a folder of them.
fn of_document(options: &Options, document: &Document) -> Options {
    let mut options = options.clone();
    if let Original::Url(url) = &mut options.original
        && url.ends_with('/')
    {
        for b in document.name.as_os_str().as_encoded_bytes() {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => url.push(char::from(*b)),
                b'\\' if cfg!(windows) => url.push('/'),
                other => url.push_str(&format!("%{other:02X}")),
            }
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_originals_names_each_document() {
        let options = Options { original: Original::Url("https://x.example/docs/".into()), ..Options::default() };
        let document = Document { source: Source::Stdin, name: "a b/c.xml".into() };
        assert_eq!(
            of_document(&options, &document).original,
            Original::Url("https://x.example/docs/a%20b/c.xml".into())
        );
    }
}
