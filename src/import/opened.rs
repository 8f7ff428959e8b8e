//! A source made readable: decompressed, its beginning looked at.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use super::BOM;

/// A source of which the beginning is known.
pub(crate) struct Opened<'r> {
    /// Up to 64 KiB, without a byte order mark.
    pub(crate) head: Vec<u8>,
    /// All of it, `head` included.
    pub(crate) source: Box<dyn BufRead + 'r>,
}

/// Enough to tell what a file is.
const HEAD: u64 = 1 << 16;

/// Reads through gzip or zstd, told by their first bytes, and looks at the
/// beginning. Texts of two bytes a letter, as PowerShell redirects them,
/// become UTF-8.
///
/// # Errors
/// When the source cannot be read.
pub(crate) fn open<'r>(source: impl Read + 'r) -> io::Result<Opened<'r>> {
    let mut plain = decompress(source)?;
    let mut head = Vec::new();
    plain.by_ref().take(HEAD).read_to_end(&mut head)?;
    if let Some(order) = ByteOrder::of(&head) {
        plain.read_to_end(&mut head)?;
        let text = order.decode(&head).into_bytes();
        let head = text[..text.len().min(1 << 16)].to_vec();
        return Ok(Opened {
            head,
            source: Box::new(Cursor::new(text)),
        });
    }
    if head.starts_with(BOM) {
        head.drain(..BOM.len());
    }
    Ok(Opened {
        source: Box::new(Cursor::new(head.clone()).chain(plain)),
        head,
    })
}

fn decompress<'r>(source: impl Read + 'r) -> io::Result<Box<dyn BufRead + 'r>> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    let head = source.fill_buf()?;
    Ok(if head.starts_with(&[0x1f, 0x8b]) {
        let plain = flate2::bufread::MultiGzDecoder::new(source);
        Box::new(BufReader::with_capacity(BUFFER, plain))
    } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let plain = zstd::Decoder::with_buffer(source)?;
        Box::new(BufReader::with_capacity(BUFFER, plain))
    } else {
        Box::new(source)
    })
}

const BUFFER: usize = 1 << 17;

/// Which byte of two comes first.
#[derive(Debug, Clone, Copy)]
enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// By the mark in front of such a text.
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0xff, 0xfe, ..] => Some(Self::Little),
            [0xfe, 0xff, ..] => Some(Self::Big),
            _ => None,
        }
    }

    fn decode(self, bytes: &[u8]) -> String {
        let units = bytes.chunks_exact(2).skip(1).map(|pair| match self {
            Self::Little => u16::from_le_bytes([pair[0], pair[1]]),
            Self::Big => u16::from_be_bytes([pair[0], pair[1]]),
        });
        char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    }
}
