#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A listening socket on the loopback address, on a port chosen by the system.
public struct LoopbackListener: Sendable {
  public let socket: Int32
  public let port: Int

  public struct CouldNotListen: Error {}

  /// Not inherited by child processes unless passed explicitly.
  public init() throws {
    #if canImport(Glibc)
      socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard socket >= 0 else { throw CouldNotListen() }
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let handle = socket
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, length) == 0 && listen(handle, 128) == 0 && getsockname(handle, $0, &length) == 0
      }
    }
    guard isOpen else {
      close(handle)
      throw CouldNotListen()
    }
    port = Int(UInt16(bigEndian: address.sin_port))
  }
}
