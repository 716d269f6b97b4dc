import Foundation
import PostgresTesting
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A relay between a gateway and a test's PostgreSQL that can lose the server's responses, or hang: it then keeps
/// reading and forwards nothing, while its connections stay open.
final class LossyRelay: Sendable {
  /// The DSN through the relay.
  let dsn: String
  private let listener: Int32
  private let server: String
  private let state = Mutex(State())
  private let closing = NSCondition()

  private struct State {
    var losesCommit = false
    var swallowsCommit = false
    /// Number of accepted connections.
    var taken = 0
    /// Connections up to this one are silenced permanently.
    var silentUpTo = 0
    var isSilent = false
    /// Connections up to this one are no longer read.
    var unreadUpTo = 0
    var isClosed = false
  }

  struct Failed: Error {}

  /// - Parameter dsn: Of a server that listens on a socket in a directory, like those of tests.
  init(to dsn: String) throws {
    let words = dsn.split(separator: " ").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let values = Dictionary(uniqueKeysWithValues: words.map { ($0[0], $0[1]) })
    guard let folder = values["host"], let database = values["dbname"] else { throw Failed() }
    server = "\(folder)/.s.PGSQL.5432"
    let listener = try LoopbackListener()
    self.listener = listener.socket
    self.dsn =
      "host=127.0.0.1 port=\(listener.port) user=postgres dbname=\(database) sslmode=disable "
      + "gssencmode=disable"
    Thread.detachNewThread { [self] in accept() }
  }

  /// Drops the server's next confirmation of a commit, and the connection.
  func loseCommit() { state.withLock { $0.losesCommit = true } }

  /// Drops the server's next confirmation of a commit; the connection stays open and is silenced.
  func swallowCommit() { state.withLock { $0.swallowsCommit = true } }

  /// Stops reading from the clients of existing connections.
  func stopReading() { state.withLock { $0.unreadUpTo = $0.taken } }

  /// Number of accepted connections.
  var taken: Int { state.withLock { $0.taken } }

  /// Silences existing connections.
  func silence() { state.withLock { $0.silentUpTo = $0.taken } }

  /// Silences future connections too.
  func silenceAll() { state.withLock { $0.isSilent = true } }

  /// Accepts no more connections; existing ones end with their clients.
  func close() {
    closing.withLock {
      state.withLock { state in
        // Once: the descriptor may be reused as soon as the accepting thread has closed it.
        if !state.isClosed { shutdown(listener, Int32(SHUT_RDWR)) }
        state.isClosed = true
      }
    }
    closing.broadcast()
  }

  private func waitForClose() {
    closing.withLock { while !state.withLock({ $0.isClosed }) { closing.wait() } }
  }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { break }
      guard let upstream = connect() else {
        Glibc.close(client)
        continue
      }
      let number = state.withLock { state in
        state.taken += 1
        return state.taken
      }
      let ended = Locked(0)
      let end: @Sendable () -> Void = {
        for end in [client, upstream] { shutdown(end, Int32(SHUT_RDWR)) }
        let count = ended.withLock { count in
          count += 1
          return count
        }
        if count == 2 { for end in [client, upstream] { Glibc.close(end) } }
      }
      Thread.detachNewThread { [self] in
        pass(from: client, to: upstream, number) { _ in .pass }
        end()
      }
      Thread.detachNewThread { [self] in
        pass(from: upstream, to: client, number) { [self] bytes in
          guard bytes.firstRange(of: Array("COMMIT\0".utf8)) != nil else { return .pass }
          return state.withLock { state in
            defer { (state.losesCommit, state.swallowsCommit) = (false, false) }
            return state.losesCommit ? .cut : state.swallowsCommit ? .fallSilent : .pass
          }
        }
        end()
      }
    }
    Glibc.close(listener)
  }

  private enum Fate { case pass, cut, fallSilent }

  private func pass(from source: Int32, to target: Int32, _ number: Int, _ fate: ([UInt8]) -> Fate) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var isSilent = false
    while true {
      if state.withLock({ number <= $0.unreadUpTo }) { return waitForClose() }
      let count = read(source, &buffer, buffer.count)
      guard count > 0 else { return }
      if isSilent || state.withLock({ $0.isSilent || number <= $0.silentUpTo }) { continue }
      switch fate(Array(buffer[..<count])) {
      case .cut: return
      case .fallSilent: isSilent = true
      case .pass: guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
      }
    }
  }

  private func connect() -> Int32? {
    let end = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { path in
      path.copyBytes(from: Array(server.utf8.prefix(path.count - 1)))
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isOpen = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(end, $0, size) == 0 }
    }
    guard !isOpen else { return end }
    Glibc.close(end)
    return nil
  }
}
