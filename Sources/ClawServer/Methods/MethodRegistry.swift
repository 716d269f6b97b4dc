import ClawCore
import ClawJSON
import ClawProtocol

/// The caller and its connection.
struct CallContext: Sendable {
  let principal: Principal
  let watcher: WatcherID
  /// The caller's network address.
  let remote: String
}

/// How a method responds.
enum Reply<Result: Sendable>: Sendable {
  case now(Result)
  /// Runs `by` after the response was sent.
  case followed(Result, by: @Sendable () async -> Void)
  /// The ordered part is done; the response may take time and blocks nothing.
  case later(@Sendable () async throws -> Result)
}

/// A method with type-erased params and result.
struct MethodHandler: Sendable {
  let name: String
  let role: MethodRole
  /// Whether calls of one connection are executed in order of arrival, up to their ``Reply``.
  let isOrdered: Bool
  let call: @Sendable (JSONValue, CallContext) async throws -> Reply<JSONValue>
}

/// The implemented methods, by name. The role is defined by the method's type.
struct MethodRegistry: Sendable {
  private(set) var handlers: UTF8Dictionary<MethodHandler> = [:]

  mutating func register<M: Method>(
    _ method: M.Type, isOrdered: Bool = false,
    _ handle: @escaping @Sendable (M.Params, CallContext) async throws -> Reply<M.Result>
  ) {
    handlers[M.name] = MethodHandler(name: M.name, role: M.role, isOrdered: isOrdered) { params, context in
      switch try await handle(try Self.decode(params), context) {
      case .now(let result): .now(try JSONValue(encoding: result))
      case .followed(let result, let work): .followed(try JSONValue(encoding: result), by: work)
      case .later(let wait): .later { try JSONValue(encoding: try await wait()) }
      }
    }
  }

  /// Registers a method that responds directly.
  mutating func register<M: Method>(
    _ method: M.Type, _ handle: @escaping @Sendable (M.Params, Principal) async throws -> M.Result
  ) {
    register(method) { params, context in .now(try await handle(params, context.principal)) }
  }

  /// - Throws: `invalidRequest` naming the parameter.
  static func decode<Params: Decodable>(_ params: JSONValue) throws(ClawError) -> Params {
    do {
      return try params.decode(Params.self)
    } catch {
      let place = error.path.isEmpty ? "params" : "params.\(error.path)"
      throw ClawError(.invalidRequest, "\(place): \(error.message)")
    }
  }
}
