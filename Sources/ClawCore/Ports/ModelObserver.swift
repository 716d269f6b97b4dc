/// Receives the pieces of an answer as they are streamed.
public struct ModelObserver: Sendable {
  /// Receives a piece; returns whether it may have been shown. Throwing ends the call.
  public let take: @Sendable (ModelEvent) async throws -> Bool
  /// Voids the pieces received so far, since another attempt, with this model, has started to answer. Nil if pieces
  /// can't be retracted: then a failure after something was shown ends the call.
  public let restart: (@Sendable (ModelReference) async throws -> Void)?

  public init(
    take: @escaping @Sendable (ModelEvent) async throws -> Bool,
    restart: (@Sendable (ModelReference) async throws -> Void)?
  ) {
    self.take = take
    self.restart = restart
  }

  /// Shows every piece, without being able to retract it.
  public init(_ show: @escaping @Sendable (ModelEvent) async throws -> Void) {
    self.init(
      take: { event in
        try await show(event)
        return true
      }, restart: nil)
  }

  /// Shows nothing.
  public static let silent = ModelObserver(take: { _ in false }, restart: nil)
}
