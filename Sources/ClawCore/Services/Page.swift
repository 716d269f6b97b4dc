/// A page of a list.
public struct Page<Item: Sendable>: Sendable {
  public let items: [Item]
  /// Opaque; nil on the last page.
  public let nextCursor: String?

  public init(items: [Item], nextCursor: String?) {
    self.items = items
    self.nextCursor = nextCursor
  }
}
