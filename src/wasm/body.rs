//! The body of an answer, read as a stream and counted after decompression, since `Content-Length` is the size before it.

use super::bindings::{Bytes, HostCall, Piece, Reader, Stream, Utf8, parse_json};
use super::js_value::{property, to_js};
use super::running_call::ignore;
use crate::host::FetchDefect;
use js_sys::{ArrayBuffer, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{TextDecoder, TextDecoderOptions};

/// A longer body is not read.
const MAX_BODY_BYTES: u32 = 65_536;
/// How many pieces of a body may be empty. A stream that always has one ready lets no timer fire and would never end.
const MAX_EMPTY_PIECES: u32 = 1_000;
/// The size of the views for a reader that fills them; hardly any answer is longer.
const VIEW_BYTES: u32 = 2_048;

/// Why an answer could not be received.
pub enum ReceiveError {
    /// The host failed.
    Network(JsValue),
    /// The caller's `fetch` is defective.
    BadFetch(FetchDefect, JsValue),
}

thread_local! {
    /// It refuses invalid UTF-8, and removes a byte order mark.
    static UTF8: Utf8 = {
        let options = TextDecoderOptions::new();
        options.set_fatal(true);
        let decoder = TextDecoder::new_with_label_and_options("utf-8", &options);
        decoder.map_or_else(|_| JsValue::UNDEFINED.unchecked_into(), JsCast::unchecked_into)
    };
    /// Whether the host is workerd, whose byte readers give most bodies together with their end: any other reader takes
    /// another turn for the end.
    static CAN_FILL: bool = {
        let class = property(&js_sys::global(), "ReadableStreamBYOBReader").unwrap_or_default();
        can_fill(&property(&class, "prototype").unwrap_or_default())
    };
    static BYOB: JsValue = to_js(&ReaderOptions { mode: "byob" });
}

#[derive(Serialize)]
struct ReaderOptions {
    mode: &'static str,
}

/// Reads the JSON of a body; `None` if it is too long, no UTF-8 or no JSON.
pub async fn read_json(call: &HostCall, body: &Stream) -> Result<Option<JsValue>, ReceiveError> {
    let mut reader = BodyReader::new(call, body)?;
    let mut collected = Collected::default();
    let mut empty_pieces: u32 = 0;
    while let Some(piece) = reader.next().await? {
        let length = piece.length();
        if length == 0 {
            empty_pieces = empty_pieces.saturating_add(1);
        }
        if empty_pieces > MAX_EMPTY_PIECES || !collected.add(piece, length) {
            return Ok(None);
        }
    }
    let bytes = collected.bytes();
    let text = UTF8.with(|utf8| utf8.text(&bytes).ok().flatten());
    let json = text.and_then(|text| parse_json(&text).ok());
    Ok(json.map(|value| value.unwrap_or(JsValue::NULL)))
}

/// The pieces of a body: one, as most bodies have, or a buffer for the longest body.
#[derive(Default)]
struct Collected {
    bytes: Option<Uint8Array>,
    length: u32,
}

impl Collected {
    /// Adds a piece; `false` if that makes the body too long.
    fn add(&mut self, piece: Uint8Array, length: u32) -> bool {
        let (at, length) = (self.length, self.length.saturating_add(length));
        if length > MAX_BODY_BYTES {
            return false;
        }
        self.length = length;
        match &self.bytes {
            Some(bytes) if bytes.length() == MAX_BODY_BYTES => bytes.set(&piece, at),
            Some(first) => {
                let all = Uint8Array::new_with_length(MAX_BODY_BYTES);
                all.set(first, 0);
                all.set(&piece, at);
                self.bytes = Some(all);
            }
            None => self.bytes = Some(piece),
        }
        true
    }

    fn bytes(self) -> Uint8Array {
        match self.bytes {
            Some(bytes) if bytes.length() == self.length => bytes,
            Some(bytes) => bytes.subarray(0, self.length),
            None => Uint8Array::new_with_length(0),
        }
    }
}

/// The reader of a body. When it is dropped before the end, it cancels the stream: an unread body would hold its connection.
struct BodyReader<'call> {
    call: &'call HostCall,
    reader: Reader,
    /// Whether it fills views: one that is not full is the last.
    fills: bool,
    at_end: bool,
}

impl<'call> BodyReader<'call> {
    fn new(call: &'call HostCall, body: &Stream) -> Result<Self, ReceiveError> {
        let reader = match byob_reader(body) {
            Some(reader) => reader,
            None => body.reader().map_err(no_stream)?.ok_or_else(|| no_stream(body.into()))?,
        };
        // The stream may be the caller's own and give any reader, whatever it was asked for.
        let fills = CAN_FILL.with(|can_fill| *can_fill) && can_fill(&reader);
        Ok(Self { call, reader, fills, at_end: false })
    }

    async fn next(&mut self) -> Result<Option<Uint8Array>, ReceiveError> {
        if self.at_end {
            return Ok(None);
        }
        let read = if self.fills {
            self.reader.fill(VIEW_BYTES, &Uint8Array::new_with_length(VIEW_BYTES))
        } else {
            self.reader.next()
        };
        let promise = read.map_err(no_stream)?.unwrap_or(JsValue::UNDEFINED);
        let piece: Result<JsValue, JsValue> = JsFuture::from(self.call.guarded(&promise)).await;
        let piece: Piece = piece.map_err(ReceiveError::Network)?.unchecked_into();
        let no_bytes = || no_stream(piece.clone().into());
        self.at_end = piece.is_end().map_err(no_stream)?.unwrap_or(false);
        let bytes = piece.bytes().ok().flatten();
        // A filled view may come together with the end.
        if self.at_end && (bytes.is_none() || !self.fills) {
            return Ok(None);
        }
        let bytes = bytes.ok_or_else(no_bytes)?;
        let is_view = ArrayBuffer::is_view(&bytes);
        // Copied, since the caller's `fetch` may transfer or change what it gave, and a class of its own may lie about its
        // length.
        let copy = if is_view { Bytes::copy(&bytes).ok() } else { None };
        self.at_end |= self.fills && copy.as_ref().is_some_and(|copy| copy.length() < VIEW_BYTES);
        copy.map(|copy| Some(copy.unchecked_into())).ok_or_else(no_bytes)
    }
}

impl Drop for BodyReader<'_> {
    fn drop(&mut self) {
        if !self.at_end
            && let Ok(Some(promise)) = self.reader.stop()
        {
            ignore(self.call, &promise);
        }
    }
}

/// A reader that fills views, where the host has them; it throws for a stream that is not of bytes.
fn byob_reader(body: &Stream) -> Option<Reader> {
    if !CAN_FILL.with(|can_fill| *can_fill) {
        return None;
    }
    BYOB.with(|options| body.filling_reader(options).ok().flatten())
}

fn can_fill(reader: &JsValue) -> bool {
    property(reader, "readAtLeast").is_some_and(|method| method.is_function())
}

fn no_stream(thrown: JsValue) -> ReceiveError {
    ReceiveError::BadFetch(FetchDefect::NoStream, thrown)
}
