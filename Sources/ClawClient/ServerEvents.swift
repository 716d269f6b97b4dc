/// The events of a connection, in the order in which they came. For one reader; ends with nil when the client closes
/// the connection, and with a ``ClientError`` when something else does.
public struct ServerEvents: AsyncSequence, Sendable {
  public typealias Element = ServerEvent
  public typealias Failure = ClientError

  let buffer: EventBuffer

  public func makeAsyncIterator() -> Iterator { Iterator(buffer: buffer) }

  /// Waits for the next event of the connection; throws ``ClientError`` once the stream broke off.
  public struct Iterator: AsyncIteratorProtocol {
    let buffer: EventBuffer

    public mutating func next() async throws(ClientError) -> ServerEvent? { try await buffer.next() }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(ClientError) -> ServerEvent? {
      try await buffer.next()
    }
  }
}
