/// Images, files and recordings that people and programs give.
public protocol MediaService: Sendable {
  /// The largest one, in bytes.
  var maxBytes: Int { get }

  /// Stores what `next` gives, piece by piece, until it gives nil.
  /// - Parameter type: A media type; another text counts as unknown.
  /// - Throws: ``MediaTooLarge``, ``ClawError`` `resourceExhausted` if the tenant has as much as it may, `unavailable` if
  ///   it can't be stored now, or what `next` throws. Nothing is kept then.
  func store(
    type: String, as principal: Principal, _ next: () async throws -> [UInt8]?
  ) async throws -> StoredMedia

  /// Opens what the user may read.
  /// - Throws: `notFound` if it does not exist, is somebody else's, or its file is gone.
  func open(_ id: MediaID, as principal: Principal) async throws -> MediaContent
}

/// Media that are being read.
public struct MediaContent: Sendable {
  public let media: StoredMedia
  /// The next bytes, from front to back; nil at the end. Call it again only after it has returned.
  public let next: @Sendable () async throws -> [UInt8]?

  public init(media: StoredMedia, next: @escaping @Sendable () async throws -> [UInt8]?) {
    self.media = media
    self.next = next
  }
}

/// More bytes than media may have.
public struct MediaTooLarge: Error, Sendable, Hashable {
  /// The most that there may be.
  public let limit: Int

  public init(limit: Int) { self.limit = limit }

  /// The same as an error of the request.
  public var error: ClawError { ClawError(.invalidRequest, "an image or file may have at most \(limit) bytes") }
}

/// For gateways that keep no media.
public struct NoMedia: MediaService {
  public let maxBytes = 0

  public init() {}

  public func store(
    type: String, as principal: Principal, _ next: () async throws -> [UInt8]?
  ) async throws -> StoredMedia {
    throw ClawError(.failedPrecondition, "this gateway keeps no media")
  }

  public func open(_ id: MediaID, as principal: Principal) async throws -> MediaContent {
    throw ClawError(.notFound, "media not found")
  }
}
