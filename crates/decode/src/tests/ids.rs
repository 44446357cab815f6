//! What names an event, if the decoder is told of a field.

use super::*;

/// The id in a sale with `id_pedido` written as `id`.
fn id_of(decoder: &mut Decoder, id: &str) -> Result<String, &'static str> {
    let record = format!(r#"{{"id_pedido":{id},"categoria":"Pet","valor":1,"timestamp":"2025-11-28T12:00Z"}}"#);
    let row = decoder.decode(&payload(record.as_bytes())).map_err(|reject| reject.reason())?;
    Ok(row.id(0, &mut String::new()).to_owned())
}

#[test]
fn a_text_is_an_id_however_it_was_written() {
    let mut decoder = sales_decoder().decoder.with_id(Some(0));
    for (written, id) in [("\"a|b\"", "a|b"), ("\"\\u0061|b\"", "a|b"), ("\"\"", ""), ("\"ção\"", "ção")] {
        assert_eq!(id_of(&mut decoder, written), Ok(id.to_owned()), "{written}");
    }
}

#[test]
fn an_integer_is_an_id_however_it_was_written() {
    let mut plan = sales();
    plan.fields[0].kind = FieldType::Integer;
    let mut decoder = Reader::new(&plan, totals(&[1], &[])).decoder.with_id(Some(0));
    for (written, id) in [("12", "12"), ("1.2e1", "12"), ("-0", "0"), ("-9223372036854775808", "-9223372036854775808")]
    {
        assert_eq!(id_of(&mut decoder, written), Ok(id.to_owned()), "{written}");
    }
}

#[test]
fn an_id_has_a_bound_and_another_text_has_none() {
    let (short, long) = (format!("\"{}\"", "x".repeat(1024)), format!("\"{}\"", "x".repeat(1025)));
    let mut decoder = sales_decoder().decoder.with_id(Some(0));
    assert_eq!(id_of(&mut decoder, &short), Ok("x".repeat(1024)));
    assert_eq!(id_of(&mut decoder, &long), Err("too_long"));
    assert!(id_of(&mut sales_decoder().decoder, &long).is_ok());
}
