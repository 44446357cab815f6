//! What a user may do, on a broker that keeps to lists: rdkafka's safe interface does not write them.
#![allow(unsafe_code)]

use std::ffi::{CString, c_char};
use std::ptr;

use rdkafka::ClientConfig;
use rdkafka::bindings as sys;
use rdkafka::producer::{BaseProducer, Producer};

/// What a right is a right to.
pub use rdkafka::bindings::rd_kafka_AclOperation_t as Operation;
/// What it is about.
pub use rdkafka::bindings::rd_kafka_ResourceType_t as Resource;

/// Has `user` do `operation` with the one `resource` of a name, from everywhere; the client of `admin` may say so.
///
/// # Panics
/// If the broker does not take it.
pub fn allow(admin: &ClientConfig, user: &str, operation: Operation, resource: Resource, name: &str) {
    let client: BaseProducer = admin.create().expect("a client");
    let [name, principal, host] =
        [name, &format!("User:{user}"), "*"].map(|text| CString::new(text).expect("a text without NUL"));
    let mut why = [0 as c_char; 512];
    // SAFETY: the client outlives the call, the texts are C strings that the binding copies, and what is made here is
    // destroyed once; the event is read while it lives.
    unsafe {
        let mut binding = sys::rd_kafka_AclBinding_new(
            resource,
            name.as_ptr(),
            sys::rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
            principal.as_ptr(),
            host.as_ptr(),
            operation,
            sys::rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
            why.as_mut_ptr(),
            why.len(),
        );
        assert!(!binding.is_null(), "no such right");
        let queue = sys::rd_kafka_queue_new(client.client().native_ptr());
        sys::rd_kafka_CreateAcls(client.client().native_ptr(), &raw mut binding, 1, ptr::null(), queue);
        let event = sys::rd_kafka_queue_poll(queue, 60_000);
        assert!(!event.is_null(), "no answer");
        let mut count = 0;
        let result = sys::rd_kafka_event_CreateAcls_result(event);
        assert!(!result.is_null(), "refused: {:?}", sys::rd_kafka_event_error(event));
        let made = sys::rd_kafka_CreateAcls_result_acls(result, &raw mut count);
        assert_eq!(count, 1);
        let error = sys::rd_kafka_error_code(sys::rd_kafka_acl_result_error(*made));
        assert_eq!(error, sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR);
        sys::rd_kafka_event_destroy(event);
        sys::rd_kafka_queue_destroy(queue);
        sys::rd_kafka_AclBinding_destroy(binding);
    }
}
