//! The body of a request: read up to a limit, never beyond.

use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use hyper::body::Body;

use super::answer::Fault;

/// Room that is made at once, whatever a client announces: it may announce and not send.
const FIRST: usize = 1 << 20;
/// How much of a body that nobody wants is still taken, and how long. A client that is cut off while it sends does not
/// read the answer that tells why.
const LINGER: (u64, Duration) = (64 << 20, Duration::from_secs(2));

/// Whether the client announces more than `max` bytes.
pub fn announced_too_large<B: Body>(body: &B, max: usize) -> bool {
    body.size_hint().lower() > max as u64
}

/// All of a body; of one that is larger than `max`, no more than `max` bytes are ever held.
///
/// # Errors
/// When it is too large, or not whole. `read` counts what arrived in any case.
pub async fn read<B>(body: &mut B, max: usize, read: &mut u64) -> Result<Vec<u8>, Fault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(announced.min(max).min(FIRST));
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Err(Fault::Broken) };
        // trailers are no part of the document
        let Ok(data) = frame.into_data() else { continue };
        *read += data.len() as u64;
        if data.len() > max - bytes.len() {
            return Err(Fault::TooLarge(max));
        }
        bytes.extend_from_slice(&data);
    }
    if bytes.is_empty() { Err(Fault::Empty) } else { Ok(bytes) }
}

/// Takes and drops the rest of a body, for a while, so that the answer reaches the client.
pub async fn linger<B>(mut body: B)
where
    B: Body<Data = Bytes> + Unpin,
{
    let (most, time) = LINGER;
    let drop_all = async {
        let mut taken = 0;
        while let Some(Ok(frame)) = body.frame().await {
            taken += frame.data_ref().map_or(0, |d| d.remaining() as u64);
            if taken > most {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(time, drop_all).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;

    fn read_all(text: &'static str, max: usize) -> (Result<Vec<u8>, Fault>, u64) {
        let mut count = 0;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let result = runtime.block_on(read(&mut Full::new(Bytes::from(text)), max, &mut count));
        (result, count)
    }

    #[test]
    fn the_limit_itself_is_accepted() {
        assert_eq!(read_all("abc", 3), (Ok(b"abc".to_vec()), 3));
        assert_eq!(read_all("abcd", 3), (Err(Fault::TooLarge(3)), 4));
        assert_eq!(read_all("", 3), (Err(Fault::Empty), 0));
    }
}
