import Glibc

/// Plain sockets to a port of this machine; all calls block.
enum Loopback {
  /// Opens a connection and closes it again.
  static func connect(to port: Int) throws {
    close(try open(port))
  }

  /// Requests a path and waits for the first bytes of a 200 response.
  static func get(_ path: String, from port: Int) throws {
    let socket = try open(port)
    defer { close(socket) }
    let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
    var answer = [UInt8](repeating: 0, count: 1024)
    guard write(socket, request, request.count) == request.count else { throw BenchFailure("\(path): no write") }
    let count = read(socket, &answer, answer.count)
    let text = String(decoding: answer[..<max(0, count)], as: UTF8.self)
    guard text.hasPrefix("HTTP/1.1 200") else { throw BenchFailure("\(path) was answered: \(text)") }
  }

  /// Posts a JSON body with the gateway's token, and waits for the first bytes of the response.
  static func post(_ path: String, _ body: String, to port: Int, expecting head: String) throws {
    let socket = try open(port)
    defer { close(socket) }
    let request = Array(
      ("POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nAuthorization: Bearer \(GatewayProcess.token)\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
        .utf8)
    var answer = [UInt8](repeating: 0, count: 1024)
    guard write(socket, request, request.count) == request.count else { throw BenchFailure("\(path): no write") }
    let count = read(socket, &answer, answer.count)
    let text = String(decoding: answer[..<max(0, count)], as: UTF8.self)
    guard text.hasPrefix(head) else { throw BenchFailure("\(path) was answered: \(text)") }
  }

  static func open(_ port: Int) throws -> Int32 {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      close(handle)
      throw BenchFailure("port \(port) is not open: \(String(cString: strerror(errno)))")
    }
    return handle
  }
}
