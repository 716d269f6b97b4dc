import ClawCore

/// The result of a transaction, set once the statements that it depends on have results.
public final class DeferredResult<Value> {
  private var result: Value?

  public init() {}

  public func set(_ value: Value) {
    result = value
  }

  /// - Throws: ``ClawError`` `internalError` if no value was set.
  func value() throws -> Value {
    guard let result else { throw ClawError(.internalError, "a transaction ended without its result") }
    return result
  }
}
