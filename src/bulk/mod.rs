//! Many documents: found in a fixed order, converted in parallel, each for itself, written and forgotten.

pub mod discover;
pub mod summary;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::convert::guard::guarded;
use crate::convert::{Conversion, ConvertError, Converter, Options, Original, Refusal, report};
use crate::sink::Folder;
use discover::{Document, Source};
use summary::Summary;

/// How a run is told what happens, while it happens.
pub trait Progress: Sync {
    /// A document was refused, or could not be read or written.
    fn refused(&self, document: &Document, error: &ConvertError);
    /// A document is done, converted or refused.
    fn done(&self);
}

/// How a run writes.
#[derive(Debug, Clone)]
pub struct Run<'r> {
    /// the converter
    pub converter: &'r Converter,
    /// how each document is converted
    pub options: &'r Options,
    /// where bundles and issues go
    pub folder: &'r Folder,
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
        let result = guarded(|| {
            let bytes = read(&document.source, options.limits.max_bytes)?;
            let options = of_document(options, document);
            let done = self.converter.convert(&bytes, &options)?;
            let bundle = with_newline(done.bundle.to_json(self.pretty));
            self.write(&document.bundle_path(), &bundle)?;
            self.write(&document.issues_path(), &with_newline(report::issues_json(&done.issues, self.pretty)))?;
            let Conversion { issues, counts, .. } = done;
            Ok((issues, counts))
        });
        match result {
            Ok((issues, counts)) => {
                summary.tally.add(&issues);
                summary.counts = counts;
            }
            Err(e) => {
                summary.refused = 1;
                progress.refused(document, &e);
                // a bundle of an earlier run would look like the result of this one
                let kept =
                    self.folder.remove(&document.bundle_path()).map_err(|e| not_written(&document.bundle_path(), &e));
                let refusal = with_newline(report::refusal_json(&e, self.pretty));
                if let Err(e) = kept.and_then(|()| self.write(&document.issues_path(), &refusal)) {
                    progress.refused(document, &e);
                }
            }
        }
        summary
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), ConvertError> {
        self.folder.write(path, bytes).map_err(|e| not_written(path, &e))
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

/// Converts one document that is not to be written to a folder.
///
/// # Errors
/// When the document is refused or cannot be read.
pub fn convert_one(converter: &Converter, options: &Options, document: &Document) -> Result<Conversion, ConvertError> {
    guarded(|| {
        let bytes = read(&document.source, options.limits.max_bytes)?;
        converter.convert(&bytes, &of_document(options, document))
    })
}

/// The bytes of a document; of one of more than `max` only so many that the conversion sees that it is.
///
/// # Errors
/// When it cannot be read.
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
