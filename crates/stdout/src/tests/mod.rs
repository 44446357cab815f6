//! Lines on whatever plays standard output.

use mare_sink::fence::Standing;
use mare_sink::{Connector, FencingToken, fixture};

use super::*;

#[test]
fn it_is_nobodys() {
    let standing = StdoutSink.claim(&fixture::sales().layout(), &fixture::claim("f1", false)).unwrap();
    assert_eq!(standing, Standing::default());
    assert!(!standing.token().is_fenced() && standing.token() == FencingToken::UNFENCED);
}

#[test]
fn a_document_is_a_line_with_exact_numbers() {
    let mut writer = JsonLines::new(fixture::sales().layout(), Vec::new());
    let totals = [
        fixture::change(fixture::key("Casa \"e\" Jardim", 0), fixture::total(2, &[1_050])),
        fixture::change(fixture::key("Gamer", 60_000), fixture::total(1, &[i128::from(i64::MAX) * 100])),
    ];
    assert_eq!(writer.write(&totals).unwrap(), Written { written: 2, stale: 0 });
    let expected = concat!(
        r#"{"_id":"Casa \"e\" Jardim|1970-01-01T00:00:00Z","janela_inicio":"1970-01-01T00:00:00Z","#,
        r#""janela_fim":"1970-01-01T00:01:00Z","categoria":"Casa \"e\" Jardim","faturamento_total":10.50,"volume_vendas":2}"#,
        "\n",
        r#"{"_id":"Gamer|1970-01-01T00:01:00Z","janela_inicio":"1970-01-01T00:01:00Z","#,
        r#""janela_fim":"1970-01-01T00:02:00Z","categoria":"Gamer","faturamento_total":9223372036854775807.00,"volume_vendas":1}"#,
        "\n",
    );
    assert_eq!(String::from_utf8(writer.output).unwrap(), expected);
}

#[test]
fn a_line_says_whether_it_is_final_if_it_is_told_how() {
    let mut writer = JsonLines::new(fixture::sales_with_final().layout(), Vec::new());
    let (key, total) = (fixture::key("Gamer", 0), fixture::total(2, &[1_050]));
    writer.write(&[fixture::change(key.clone(), total.clone())]).unwrap();
    writer.write(&[fixture::final_change(key, total)]).unwrap();
    let lines = String::from_utf8(writer.output).unwrap();
    let says: Vec<_> = lines.lines().map(|line| line.contains(r#","janela_final":true,"categoria""#)).collect();
    assert_eq!(says, [false, true], "{lines}");
    assert!(lines.contains(r#","janela_final":false,"categoria""#), "{lines}");
}

#[test]
fn a_closed_pipe_is_refused() {
    let (reader, pipe) = io::pipe().unwrap();
    drop(reader);
    let mut writer = JsonLines::new(fixture::sales().layout(), pipe);
    let outcome = writer.write(&[fixture::change(fixture::key("Gamer", 0), fixture::total(1, &[1]))]);
    assert!(matches!(outcome, Err(SinkError::Refused(fault)) if fault.what.contains("closed")));
}

/// Keeps the pieces that reach it.
struct Pieces(Vec<Vec<u8>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_lines_of_a_write_leave_in_pieces_of_whole_lines() {
    for (documents, pieces) in [(100, 1), (1_000, 3)] {
        let mut writer = JsonLines::new(fixture::sales().layout(), Pieces(Vec::new()));
        let change = |n| fixture::change(fixture::key("Gamer", n * 60_000), fixture::total(1, &[1]));
        let totals: Vec<_> = (0..documents).map(change).collect();
        writer.write(&totals).unwrap();
        assert_eq!(writer.output.0.len(), pieces);
        assert!(writer.output.0.iter().all(|piece| piece.ends_with(b"}\n") && piece.len() < PIECE_BYTES + 200));
        let lines: Vec<_> = writer.output.0.concat().split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        assert_eq!(lines.len() as i64, documents + 1);
    }
}
