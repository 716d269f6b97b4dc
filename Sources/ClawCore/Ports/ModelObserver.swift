/// Takes what a model says while it speaks.
public struct ModelObserver: Sendable {
  /// Takes a piece; returns whether somebody may have seen it. Throwing ends the call.
  public let take: @Sendable (ModelEvent) async throws -> Bool
  /// What was taken so far is void, since another attempt has begun to answer, of this model. Nil where nothing can be
  /// taken back: then a failure after something was shown ends the call.
  public let restart: (@Sendable (ModelReference) async throws -> Void)?

  public init(
    take: @escaping @Sendable (ModelEvent) async throws -> Bool,
    restart: (@Sendable (ModelReference) async throws -> Void)?
  ) {
    self.take = take
    self.restart = restart
  }

  /// Shows every piece to somebody who can't take it back.
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
