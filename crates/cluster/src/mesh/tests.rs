//! Processes that find each other are threads here; the streams between them are real.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use super::*;
use crate::ports;

/// The mesh of each process of a cluster on free ports.
fn meshes(processes: usize, workers: usize) -> Vec<Mesh> {
    let ports = ports::free(processes).expect("ports");
    let hosts: Vec<String> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
    let addresses = Address::read("hosts", &hosts.join("\n"), processes).expect("a hostfile");
    let listen = |me: usize| addresses[me].listen(false).expect("loopback");
    (0..processes).map(|me| Mesh { me, workers, addresses: addresses.clone(), listen: listen(me) }).collect()
}

/// Has each process say its index to each other, and returns what each hears.
fn introduce(me: usize, streams: Streams) -> Vec<Option<u8>> {
    streams.iter().flatten().for_each(|mut stream| stream.write_all(&[me as u8]).expect("sent"));
    let hear = |mut stream: TcpStream| {
        let mut heard = [0];
        stream.read_exact(&mut heard).expect("heard");
        heard[0]
    };
    streams.into_iter().map(|stream| stream.map(hear)).collect()
}

#[test]
fn each_process_gets_a_stream_to_each_other_one() {
    let meshes = meshes(3, 2);
    let heard: Vec<_> = thread::scope(|scope| {
        let connect = |mesh: &Mesh| {
            let mesh = mesh.clone();
            scope.spawn(move || introduce(mesh.me, mesh.streams(&Control::new()).expect("fits").expect("not stopped")))
        };
        // The last one first: it has to call again until the others listen.
        let started: Vec<_> = meshes.iter().rev().map(connect).collect();
        started.into_iter().rev().map(|process| process.join().expect("no panic")).collect()
    });
    assert_eq!(heard, [vec![None, Some(1), Some(2)], vec![Some(0), None, Some(2)], vec![Some(0), Some(1), None]]);
}

#[test]
fn strangers_are_sent_away() {
    let meshes = meshes(2, 1);
    thread::scope(|scope| {
        let first = meshes[0].clone();
        let first =
            scope.spawn(move || introduce(0, first.streams(&Control::new()).expect("fits").expect("not stopped")));
        let mut stranger = loop {
            if let Ok(stream) = TcpStream::connect(meshes[0].listen[0]) {
                break stream;
            }
        };
        stranger.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
        assert!(!matches!(stranger.read(&mut [0]), Ok(1..)), "no answer");
        let second = introduce(1, meshes[1].streams(&Control::new()).expect("fits").expect("not stopped"));
        assert_eq!((first.join().expect("no panic"), second), (vec![None, Some(1)], vec![Some(0), None]));
    });
}

#[test]
fn a_silent_caller_after_the_other_keeps_nobody_waiting() {
    let meshes = meshes(2, 1);
    let control = Control::new();
    thread::scope(|scope| {
        let (first, stopped) = (meshes[0].clone(), Arc::clone(&control));
        let first = scope.spawn(move || first.streams(&stopped).expect("fits").map(|streams| introduce(0, streams)));
        // As many as call within the two seconds that each of them may take, and then some: heard one after the other,
        // they would take a minute, and the answer would be given up long before.
        let mut silent = Vec::new();
        while silent.len() < 30 {
            silent.extend(TcpStream::connect(meshes[0].listen[0]));
        }
        let began = Instant::now();
        let second = meshes[1].streams(&Control::new()).expect("fits").map(|streams| introduce(1, streams));
        assert_eq!(second, Some(vec![Some(0), None]));
        assert_eq!(first.join().expect("no panic"), Some(vec![None, Some(1)]));
        assert!(began.elapsed() < ANSWER * 5, "{:?}", began.elapsed());
    });
}

#[test]
fn a_process_of_another_shape_is_refused_and_says_why() {
    let meshes = meshes(2, 1);
    let control = Control::new();
    thread::scope(|scope| {
        let (first, stopped) = (meshes[0].clone(), Arc::clone(&control));
        let first = scope.spawn(move || first.streams(&stopped).expect("it waits").is_none());
        let second = Mesh { workers: 2, ..meshes[1].clone() };
        let refused = second.streams(&Control::new()).expect_err("another shape").to_string();
        assert!(refused.contains("process 0 at 127.0.0.1") && refused.contains("same -n and -w"), "{refused}");
        control.stop();
        assert!(first.join().expect("no panic"), "the first has found nobody");
    });
}

#[test]
fn a_process_that_waits_can_be_stopped() {
    let control = Control::new();
    control.stop();
    for mesh in meshes(2, 1) {
        assert!(mesh.streams(&control).expect("it waits").is_none());
    }
}

#[test]
fn an_address_that_is_taken_is_refused() {
    let meshes = meshes(2, 1);
    let taken = TcpListener::bind(meshes[1].listen.as_slice()).expect("a free port");
    let refused = meshes[1].streams(&Control::new()).expect_err("taken").to_string();
    assert!(refused.contains(&taken.local_addr().expect("bound").to_string()), "{refused}");
    assert!(refused.contains("the address of process 1"), "{refused}");
}
