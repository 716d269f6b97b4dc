import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// The error format of a route.
enum ErrorStyle: Sendable {
  case openAI, plain
}

/// Who may use a route.
public enum RouteAccess: Sendable, Hashable {
  /// Everyone, without a credential.
  case open
  case role(MethodRole)
  /// The operator of the gateway; not granted by any role in a tenant.
  case gatewayToken
}

/// A request that has passed the processing common to all routes.
struct RouteRequest: Sendable {
  let id: String
  /// Values of the path's `{name}` parameters.
  let parameters: UTF8Dictionary<String>
  let query: UTF8Dictionary<String>
  let headers: HTTPFields
  let received: ReceivedBody
  /// Nil on open routes.
  let principal: Principal?
  /// Closes with the client.
  let channel: any Channel
  /// Its entry in the open responses.
  let open: OpenResponses.ID?
  let logger: Logger
  /// Nil unless the route streams its body.
  let bodyStream: BodyStream?

  /// The whole body; empty if the route takes none.
  var body: ByteBuffer { received.bytes }

  /// Reads the body of a streaming route.
  /// - Throws: As ``BodyStream/read(_:)``; `internalError` in another route.
  func stream<Value: Sendable>(
    _ take: @escaping @Sendable (_ next: () async throws -> [UInt8]?) async throws -> Value
  ) async throws -> Value {
    guard let bodyStream else { throw ClawError(.internalError, "this route reads no stream") }
    return try await bodyStream.read(take)
  }

  /// - Throws: `notFound` for a parameter that the route does not have.
  func parameter(_ name: String) throws(ClawError) -> String {
    guard let value = parameters[name] else { throw ClawError(.notFound, "no such path") }
    return value
  }

  /// - Throws: `unauthorized` on an open route.
  func caller() throws(ClawError) -> Principal {
    guard let principal else { throw ClawError(.unauthorized, "a credential is needed") }
    return principal
  }
}

/// The body that a route accepts.
enum RouteBody: Sendable, Hashable {
  case none
  /// At most ``ServerLimits/maxBodyBytes``.
  case standard
  /// At most ``ServerLimits/maxLargeBodyBytes``: for images and files.
  case large
  /// A streamed body with a limit in bytes.
  case stream(limit: Int)
}

/// One method of one path.
struct HTTPRoute: Sendable {
  let method: HTTPRequest.Method
  /// A segment may be `{name}`, which matches anything but `/`; the last may be `{+name}`, which matches the rest of
  /// the path (RFC 6570, section 3.2.3).
  let path: String
  let access: RouteAccess
  let errors: ErrorStyle
  let body: RouteBody
  let handle: @Sendable (RouteRequest) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String, access: RouteAccess, errors: ErrorStyle = .plain,
    body: RouteBody = .none, handle: @escaping @Sendable (RouteRequest) async throws -> Response
  ) {
    self.method = method
    self.path = path
    self.access = access
    self.errors = errors
    self.body = body
    self.handle = handle
  }

  /// Whether it reads a body.
  var takesBody: Bool { body != .none }
}

/// All routes, by path and method.
struct HTTPRouter: Sendable {
  private var paths: UTF8Dictionary<[HTTPRoute]> = [:]
  /// Paths with parameters, in the order of the list.
  private var patterns: [(parts: [Substring], path: String)] = []

  init(_ routes: [HTTPRoute]) {
    for route in routes {
      if route.path.containsBytes(of: "{"), paths[route.path] == nil {
        patterns.append((route.path.split(at: "/", omittingEmpty: false), route.path))
      }
      paths[route.path, default: []].append(route)
    }
  }

  enum Match: Sendable {
    case route(HTTPRoute, parameters: UTF8Dictionary<String>)
    /// The path exists with other methods.
    case otherMethod(allowed: [HTTPRequest.Method], errors: ErrorStyle)
    case none
  }

  /// `HEAD` is answered like `GET`.
  func match(_ method: HTTPRequest.Method, _ path: String) -> Match {
    guard let (routes, parameters) = routes(at: path), let first = routes.first else { return .none }
    let wanted: HTTPRequest.Method = method == .head ? .get : method
    if let route = routes.first(where: { $0.method == wanted }) { return .route(route, parameters: parameters) }
    return .otherMethod(allowed: methods(of: routes), errors: first.errors)
  }

  /// The methods of a path; empty if it does not exist.
  func methods(at path: String) -> [HTTPRequest.Method] {
    methods(of: routes(at: path)?.routes ?? [])
  }

  /// The error format at a path.
  func errors(at path: String) -> ErrorStyle { routes(at: path)?.routes.first?.errors ?? .plain }

  private func routes(at path: String) -> (routes: [HTTPRoute], parameters: UTF8Dictionary<String>)? {
    if let routes = paths[path], !path.containsBytes(of: "{") { return (routes, [:]) }
    let parts = path.split(at: "/", omittingEmpty: false)
    for pattern in patterns where pattern.parts.count <= parts.count {
      if let parameters = Self.parameters(of: parts, in: pattern.parts) {
        return paths[pattern.path].map { ($0, parameters) }
      }
    }
    return nil
  }

  private static func parameters(of parts: [Substring], in pattern: [Substring]) -> UTF8Dictionary<String>? {
    var parameters: UTF8Dictionary<String> = [:]
    let takesRest = pattern.last?.utf8.starts(with: "{+".utf8) == true
    guard takesRest || parts.count == pattern.count else { return nil }
    for (part, wanted) in zip(parts, takesRest ? pattern.dropLast() : pattern[...]) {
      if wanted.utf8.first == UInt8(ascii: "{") {
        guard let value = PercentEncoding.decoded(part), !value.isEmpty else { return nil }
        parameters[String(wanted.dropFirst().dropLast())] = value
      } else if !part.utf8.elementsEqual(wanted.utf8) {
        return nil
      }
    }
    if takesRest, let name = pattern.last?.dropFirst(2).dropLast() {
      let rest = parts[(pattern.count - 1)...].joined(separator: "/")
      guard let value = PercentEncoding.decoded(rest), !value.isEmpty else { return nil }
      parameters[String(name)] = value
    }
    return parameters
  }

  private func methods(of routes: [HTTPRoute]) -> [HTTPRequest.Method] {
    let own = routes.map(\.method)
    return own.contains(.get) ? own + [.head] : own
  }
}
