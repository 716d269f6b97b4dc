import ClawCore

/// What a transaction comes to, left here once the statements that it depends on are answered.
public final class DeferredResult<Value> {
  private var result: Value?

  public init() {}

  public func set(_ value: Value) {
    result = value
  }

  /// - Throws: ``ClawError`` `internalError` if nothing was left.
  func value() throws -> Value {
    guard let result else { throw ClawError(.internalError, "a transaction ended without its result") }
    return result
  }
}
