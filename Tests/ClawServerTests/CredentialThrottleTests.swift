import Testing

@testable import ClawServer

@Suite("The throttle on credentials")
struct CredentialThrottleTests {
  private static let begin = ContinuousClock.now

  private func throttle(_ change: (inout ServerLimits, inout ServerTiming) -> Void = { _, _ in }) -> CredentialThrottle
  {
    var (limits, timing) = (ServerLimits(), ServerTiming())
    change(&limits, &timing)
    return CredentialThrottle(limits: limits, timing: timing)
  }

  @Test("S4: ten wrong ones a minute from one address cost nothing, each further one twice the wait of the last")
  func growing() {
    let throttle = throttle()
    for second in 0..<10 { #expect(throttle.failed(from: "a", at: Self.begin + .seconds(second)) == nil) }
    let delays = (10..<16).map { throttle.failed(from: "a", at: Self.begin + .seconds($0))?.delay }
    #expect(
      delays == [
        .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5),
      ])
    // Other addresses are not affected.
    #expect(throttle.failed(from: "b", at: Self.begin + .seconds(16)) == nil)
  }

  @Test("S4: the answer says when the next one would cost nothing, and then it costs nothing")
  func retryAfter() throws {
    let throttle = throttle()
    for second in 0..<10 { _ = throttle.failed(from: "a", at: Self.begin + .seconds(second)) }
    let penalty = try #require(throttle.failed(from: "a", at: Self.begin + .seconds(10)))
    #expect(penalty.retryAfter == .seconds(50))
    #expect(throttle.failed(from: "a", at: Self.begin + .seconds(72)) == nil)
  }

  @Test("S4: guesses that are spread over addresses are slowed by what all of them add up to")
  func spread() {
    let throttle = throttle()
    for number in 0..<100 { #expect(throttle.failed(from: "host\(number)", at: Self.begin) == nil) }
    #expect(throttle.failed(from: "new", at: Self.begin)?.delay == .milliseconds(500))
    for _ in 0..<900 { #expect(throttle.failed(from: "another", at: Self.begin) != nil) }
    #expect(throttle.failed(from: "late", at: Self.begin)?.delay == .seconds(5))
    #expect(throttle.failed(from: "late", at: Self.begin + .seconds(61)) == nil)
  }

  @Test("S4: no number of addresses takes more than its room, and what is busy is kept before what is quiet")
  func bounded() {
    let throttle = throttle { limits, _ in limits.authFailureTotal = 1_000_000 }
    for number in 0..<CredentialThrottle.maxAddresses {
      _ = throttle.failed(from: "quiet\(number)", at: Self.begin)
    }
    for _ in 0..<10 { #expect(throttle.failed(from: "quiet1", at: Self.begin + .seconds(61)) == nil) }
    _ = throttle.failed(from: "one more", at: Self.begin + .seconds(62))
    #expect(throttle.addressCount == 2)
    #expect(throttle.failed(from: "quiet1", at: Self.begin + .seconds(63)) != nil)
    for number in 0..<25_000 { _ = throttle.failed(from: "busy\(number)", at: Self.begin + .seconds(70)) }
    #expect(throttle.addressCount <= CredentialThrottle.maxAddresses)
  }
}

@Suite("Addresses of clients")
struct ClientAddressTests {
  @Test(
    "are read in every writing, and a network of version 6 counts as one",
    arguments: [
      ("192.0.2.7", "192.0.2.7"), (" 192.0.2.7:4711", "192.0.2.7"), ("[2001:db8:1:2:3::4]:80", "2001:db8:1:2::/64"),
      ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"), ("::1", "::1"),
    ])
  func texts(text: String, expected: String) {
    #expect(NetworkAddress(text)?.text == expected)
  }

  @Test(
    "are not read into what is none", arguments: ["", "unknown", "_hidden", "example.com", "1.2.3", "fe80::1%eth0"])
  func noAddress(text: String) {
    #expect(NetworkAddress(text) == nil)
  }

  @Test("S4: what a stranger says in X-Forwarded-For counts for nothing")
  func strangers() {
    let peer = NetworkAddress("192.0.2.7")
    #expect(TrustedProxies.none.client(of: peer, forwarded: ["198.51.100.1"]) == "192.0.2.7")
    #expect(TrustedProxies.none.client(of: nil, forwarded: ["198.51.100.1"]) == "unknown")
  }

  @Test("S4: a proxy's word counts, up to the first one that nobody vouches for")
  func chain() throws {
    let proxies = try #require(TrustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8::/32"]))
    let peer = NetworkAddress("127.0.0.1")
    #expect(proxies.client(of: peer, forwarded: ["203.0.113.9"]) == "203.0.113.9")
    #expect(proxies.client(of: peer, forwarded: ["1.1.1.1, 203.0.113.9", "10.2.3.4"]) == "203.0.113.9")
    #expect(proxies.client(of: peer, forwarded: ["1.1.1.1, nonsense, 10.2.3.4"]) == "10.2.3.4")
    #expect(proxies.client(of: peer, forwarded: ["203.0.113.9,\u{301} 10.2.3.4"]) == "127.0.0.1")
    #expect(proxies.client(of: peer, forwarded: ["203.0.113.9\u{301}, 10.2.3.4"]) == "10.2.3.4")
    #expect(proxies.client(of: peer, forwarded: []) == "127.0.0.1")
    #expect(proxies.client(of: NetworkAddress("11.0.0.1"), forwarded: ["203.0.113.9"]) == "11.0.0.1")
    #expect(proxies.client(of: NetworkAddress("2001:db8::5"), forwarded: ["203.0.113.9"]) == "203.0.113.9")
  }

  @Test("of proxies that are none are refused", arguments: ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "proxy", "/8"])
  func wrongNetworks(text: String) {
    #expect(TrustedProxies([text]) == nil)
  }
}
