//! What Linux tells of this process in /proc/self, which is there under the shipped systemd unit too. Elsewhere, nothing.

use std::fs;

/// Clock ticks per second in /proc, the same on every platform that this runs on: `USER_HZ`.
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
const TICKS: f64 = 100.0;

/// Resident memory in bytes.
pub(super) fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Seconds of processor time used so far, by all threads.
pub(super) fn cpu_seconds() -> Option<f64> {
    parse_cpu(&fs::read_to_string("/proc/self/stat").ok()?)
}

fn parse_cpu(stat: &str) -> Option<f64> {
    // The second field is the program's name, which may contain spaces and parentheses.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

/// Bytes that the machine or container received and sent so far, without what it sent to itself.
pub(super) fn network() -> Option<(u64, u64)> {
    parse_network(&fs::read_to_string("/proc/self/net/dev").ok()?)
}

fn parse_network(devices: &str) -> Option<(u64, u64)> {
    let (mut received, mut sent) = (0, 0);
    for line in devices.lines().skip(2) {
        let (name, counts) = line.split_once(':')?;
        if name.trim() == "lo" {
            continue;
        }
        let mut counts = counts.split_whitespace();
        received += counts.next()?.parse::<u64>().ok()?;
        sent += counts.nth(7)?.parse::<u64>().ok()?;
    }
    Some((received, sent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_after_any_name() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194560 5 0 0 0 250 50 7 8 20 0 9 0 100 1 2";
        assert_eq!(parse_cpu(stat), Some(3.0));
        assert_eq!(parse_cpu("42 (a)"), None);
    }

    #[test]
    fn traffic_of_all_interfaces_but_the_loopback_is_added_up() {
        let devices = "Inter-|   Receive                                                |  Transmit\n \
            face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n    \
            lo:  900       9    0    0    0     0          0         0      900       9    0    0    0     0       0          0\n  \
            eth0: 1000      10    0    0    0     0          0         0     2000      20    0    0    0     0       0          0\n  \
            eth1:1       1    0    0    0     0          0         0     2       2    0    0    0     0       0          0\n";
        assert_eq!(parse_network(devices), Some((1001, 2002)));
        assert_eq!(parse_network("a\nb\nnot a device"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_all_of_it() {
        assert!(resident().is_some_and(|bytes| bytes > 1024 * 1024));
        assert!(cpu_seconds().is_some() && network().is_some());
    }
}
