import Foundation
import PostgresTesting
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Stands between a gateway and the PostgreSQL of a test, and can lose what the server says.
final class LossyRelay: Sendable {
  /// By which the database is reached through it.
  let dsn: String
  private let listener: Int32
  private let server: String
  private let losesCommit = Mutex(false)

  struct Failed: Error {}

  /// - Parameter dsn: Of a server that listens in a folder, as those of tests do.
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

  /// The next word of the server that something was committed is lost, and the connection with it.
  func loseCommit() { losesCommit.withLock { $0 = true } }

  /// Takes no more connections; those that there are end with their clients.
  func close() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func accept() {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { break }
      guard let upstream = connect() else {
        Glibc.close(client)
        continue
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
        pass(from: client, to: upstream) { _ in false }
        end()
      }
      Thread.detachNewThread { [self] in
        pass(from: upstream, to: client) { [self] bytes in
          guard bytes.firstRange(of: Array("COMMIT\0".utf8)) != nil else { return false }
          return losesCommit.withLock { loses in
            defer { loses = false }
            return loses
          }
        }
        end()
      }
    }
    Glibc.close(listener)
  }

  private func pass(from source: Int32, to target: Int32, isLost: ([UInt8]) -> Bool) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(source, &buffer, buffer.count)
      guard count > 0, !isLost(Array(buffer[..<count])) else { return }
      guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
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
