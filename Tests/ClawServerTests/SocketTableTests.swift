import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import ClawServer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Places for connections")
struct SocketTableTests {
  private let lines = LogLines()

  private func table(_ set: (inout SocketLimits) -> Void = { _ in }) -> SocketTable {
    var limits = SocketLimits()
    limits.strangerGrace = .zero
    set(&limits)
    return SocketTable(limits: limits, logger: lines.logger)
  }

  /// Channels that were entered, in order.
  private func enter(_ count: Int, _ table: SocketTable, from address: String?) throws -> [EmbeddedChannel] {
    try (0..<count).map { _ in
      let channel = EmbeddedChannel()
      try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
      table.enter(channel, from: address)
      return channel
    }
  }

  @Test("Of one address's strangers the oldest goes first; those of others and known callers stay")
  func ofOneAddress() throws {
    let table = table { $0.maxStrangersPerAddress = 2 }
    let other = try enter(1, table, from: "198.51.100.1")
    let known = try enter(1, table, from: "192.0.2.1")
    #expect(table.admit(known[0]))
    let strangers = try enter(5, table, from: "192.0.2.1")
    #expect(strangers.map(\.isActive) == [false, false, false, true, true])
    #expect(other[0].isActive && known[0].isActive)
    #expect(lines.all.count { $0.hasPrefix("connections.put_out") } == 1)
  }

  @Test("Of all strangers together the oldest goes first")
  func ofAll() throws {
    let table = table { $0.maxStrangers = 3 }
    let strangers = try (1...5).flatMap { try enter(1, table, from: "192.0.2.\($0)") }
    #expect(strangers.map(\.isActive) == [false, false, true, true, true])
  }

  @Test("Newcomers have a moment each, however many come at once; when it is over the oldest go")
  func grace() throws {
    let table = table {
      $0.maxStrangers = 2
      $0.strangerGrace = .seconds(2)
    }
    let strangers = try enter(6, table, from: "192.0.2.1")
    #expect(strangers.allSatisfy { $0.isActive })
    // Beyond the burst even new connections are evicted.
    let more = try enter(12, table, from: "192.0.2.1")
    #expect((strangers + more).count { $0.isActive } == 2 * SocketLimits.burst)
  }

  @Test("With no place left a newcomer takes that of a stranger, one that waits for its pairing goes last")
  func full() throws {
    let table = table { $0.maxConnections = 2 }
    let known = try enter(2, table, from: "192.0.2.1")
    for channel in known { #expect(table.admit(channel)) }
    let waiting = try enter(1, table, from: "192.0.2.2")
    table.wait(waiting[0])
    let strangers = try enter(SocketLimits.reserve, table, from: "192.0.2.3")
    #expect(strangers.map(\.isActive) == [false] + Array(repeating: true, count: SocketLimits.reserve - 1))
    #expect(known.allSatisfy { $0.isActive } && waiting[0].isActive)
    #expect(!table.admit(strangers[1]))
    #expect(table.shortage?.contains("gateway.max_connections") == true)
    // Closing a connection frees a slot.
    try known[0].close().wait()
    known[0].embeddedEventLoop.run()
    #expect(table.shortage == nil)
    #expect(table.admit(strangers[1]))
  }

  @Test("A connection behind a trusted proxy counts where its request says it is from")
  func proxied() throws {
    let table = table { $0.maxStrangersPerAddress = 1 }
    let channels = try enter(3, table, from: nil)
    #expect(channels.allSatisfy { $0.isActive })
    for channel in channels { table.place(channel, at: "203.0.113.9") }
    #expect(channels.map(\.isActive) == [false, false, true])
  }

  @Test("Whoever comes after the end is closed")
  func closed() throws {
    let table = table()
    let before = try enter(1, table, from: nil)
    table.closeAll()
    let after = try enter(1, table, from: nil)
    #expect(!before[0].isActive && !after[0].isActive)
  }

  @Test("A used-up limit of open files is named once, and does not end the listener")
  func acceptErrors() throws {
    let channel = EmbeddedChannel(handler: AcceptErrorHandler(logger: lines.logger))
    for _ in 1...3 { channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept")) }
    try channel.throwIfErrorCaught()
    #expect(lines.all.count == 1)
    #expect(lines.all[0].contains("limit of open files"))
    channel.pipeline.fireErrorCaught(IOError(errnoCode: EBADF, reason: "accept"))
    #expect(throws: IOError.self) { try channel.throwIfErrorCaught() }
  }
}
