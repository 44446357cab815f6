//! The headers of a message of librdkafka's. It parses them when they are first asked for, so a message that nobody
//! asks costs nothing.
//!
//! The client of Rust panics at a header whose name is no UTF-8, and who writes records may call headers as they
//! please.

use std::ffi::{CStr, c_char, c_void};
use std::marker::PhantomData;

use mare_model::header::HeaderList;
use rdkafka::bindings as sys;
use rdkafka::message::BorrowedMessage;

use super::queue::Message;

/// The headers of one message.
///
/// # Safety of the inside
/// `list` is null, or what librdkafka keeps for a message that lives for `'a` and that nobody changes.
pub struct MessageHeaders<'a> {
    list: *const sys::rd_kafka_headers_t,
    message: PhantomData<&'a ()>,
}

impl<'a> MessageHeaders<'a> {
    /// Those of a message of a consumer.
    #[must_use]
    pub fn of(message: &'a BorrowedMessage<'_>) -> MessageHeaders<'a> {
        // SAFETY: the message is valid while it is borrowed.
        unsafe { MessageHeaders::at(message.ptr()) }
    }

    /// # Safety
    /// The message is valid, and nobody changes its headers, for `'a`.
    unsafe fn at(message: *const sys::rd_kafka_message_t) -> MessageHeaders<'a> {
        let mut list = std::ptr::null_mut();
        // SAFETY: the message is valid, and `list` is a place for the answer, which is not touched if there are none.
        let error = unsafe { sys::rd_kafka_message_headers(message, &raw mut list) };
        let has_any = error == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
        MessageHeaders { list: if has_any { list } else { std::ptr::null_mut() }, message: PhantomData }
    }

    /// Each header in its order: its name and its value, which may be null.
    pub fn iter(&self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + '_ {
        (0..).map_while(|index| self.header(index))
    }

    fn header(&self, index: usize) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        if self.list.is_null() {
            return None;
        }
        let (mut name, mut value, mut length): (*const c_char, *const c_void, usize) =
            (std::ptr::null(), std::ptr::null(), 0);
        // SAFETY: the list is valid, and the rest are places for the answer. Without an error the name is a C string,
        // and where the value is not null there are `length` bytes; both live as long as the message.
        unsafe {
            let error = sys::rd_kafka_header_get_all(self.list, index, &raw mut name, &raw mut value, &raw mut length);
            if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return None;
            }
            let value = (!value.is_null()).then(|| std::slice::from_raw_parts(value.cast::<u8>(), length));
            Some((CStr::from_ptr(name).to_bytes(), value))
        }
    }
}

impl HeaderList for MessageHeaders<'_> {
    fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s [u8], Option<&'s [u8]>)) {
        self.iter().for_each(|(name, value)| visit(name, value));
    }
}

impl HeaderList for Message {
    fn each<'s>(&'s self, visit: &mut dyn FnMut(&'s [u8], Option<&'s [u8]>)) {
        // SAFETY: the message is valid until it is dropped, and nobody else has it.
        let headers: MessageHeaders<'s> = unsafe { MessageHeaders::at(self.native()) };
        headers.iter().for_each(|(name, value)| visit(name, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds a header to a list.
    fn add(list: *mut sys::rd_kafka_headers_t, name: &[u8], value: Option<&[u8]>) {
        let length = |bytes: &[u8]| isize::try_from(bytes.len()).expect("a short text");
        let (start, size) = value.map_or((std::ptr::null(), 0), |value| (value.as_ptr(), length(value)));
        // SAFETY: the list is valid, and both texts are copied during the call.
        let error = unsafe { sys::rd_kafka_header_add(list, name.as_ptr().cast(), length(name), start.cast(), size) };
        assert_eq!(error, sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    #[test]
    fn names_need_be_no_text_and_values_may_be_null() {
        let expected: [(&[u8], Option<&[u8]>); 5] =
            [(b"a", Some(b"1")), (b"\xe9\xff", Some(b"\xff")), (b"a", None), (b"", Some(b"")), (b"a", Some(b"x\0y"))];
        // SAFETY: the list is ours, from here to where it is destroyed; nobody has it then.
        let list = unsafe { sys::rd_kafka_headers_new(0) };
        expected.iter().for_each(|(name, value)| add(list, name, *value));
        let headers = MessageHeaders { list, message: PhantomData };
        assert_eq!(headers.iter().collect::<Vec<_>>(), expected);
        assert_eq!(mare_model::header::Headers::of(&headers).last("a"), Some(&b"x\0y"[..]));
        // SAFETY: see above.
        unsafe { sys::rd_kafka_headers_destroy(list) };
        assert_eq!(MessageHeaders { list: std::ptr::null(), message: PhantomData }.iter().count(), 0);
    }
}
