/// The events of a client, in order of arrival. For one reader; ends with nil when the client closes the connection,
/// and with a ``ClientError`` otherwise.
public struct ServerEvents: AsyncSequence, Sendable {
  public typealias Element = ServerEvent
  public typealias Failure = ClientError

  let buffer: EventBuffer

  public func makeAsyncIterator() -> Iterator { Iterator(buffer: buffer) }

  /// Waits for the next event; throws ``ClientError`` if the stream ended with an error.
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
