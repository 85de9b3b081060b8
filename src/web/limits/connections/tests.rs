use super::*;

fn caps(total: usize, per_address: usize) -> Arc<Connections> {
    Arc::new(Connections::new(Caps { total, per_address }))
}

fn address(last: u8) -> Option<IpAddr> {
    Some(IpAddr::from([192, 0, 2, last]))
}

fn is_closed(place: &Place) -> bool {
    place.connection.must_close(Waker::noop())
}

#[test]
fn an_address_at_its_cap_loses_the_connection_that_waited_longest() {
    let connections = caps(10, 2);
    let first = connections.take(address(1)).unwrap();
    std::thread::sleep(Duration::from_millis(5));
    let second = connections.take(address(1)).unwrap();
    let other = connections.take(address(2)).unwrap();
    let third = connections.take(address(1)).unwrap();
    assert!(is_closed(&first) && !is_closed(&second) && !is_closed(&other) && !is_closed(&third));
    drop(first);
    assert_eq!(connections.counts(), Counts { open: 3, made_way: 1, refused: 0 });
}

#[test]
fn a_connection_whose_request_is_being_answered_is_never_closed() {
    let connections = caps(10, 1);
    let busy = connections.take(address(1)).unwrap();
    let serving = busy.connection.serve(false);
    assert!(connections.take(address(1)).is_none());
    let receiving = busy.connection.receive();
    assert!(busy.connection.waits(), "it waits for the body");
    drop(receiving);
    assert!(connections.take(address(1)).is_none());
    drop(serving);
    assert!(connections.take(address(1)).is_some());
    assert!(is_closed(&busy));
}

#[test]
fn at_the_cap_of_all_the_longest_waiting_of_all_makes_way() {
    let connections = caps(3, 3);
    let places: Vec<_> = [1, 2, 3]
        .map(|last| {
            std::thread::sleep(Duration::from_millis(5));
            connections.take(address(last)).unwrap()
        })
        .into();
    let fourth = connections.take(address(4)).unwrap();
    assert_eq!(places.iter().map(is_closed).collect::<Vec<_>>(), [true, false, false]);
    drop(places);
    drop(fourth);
    assert_eq!(connections.counts().open, 0);
}

#[test]
fn a_trusted_proxy_has_no_cap_of_its_own() {
    let connections = caps(10, 1);
    let places: Vec<_> = (0..10).map(|_| connections.take(None).unwrap()).collect();
    assert!(!places.iter().any(is_closed));
}
