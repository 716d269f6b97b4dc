/// Images, files and recordings given by users and programs.
public protocol MediaService: Sendable {
  /// Size limit of a file, in bytes.
  var maxBytes: Int { get }

  /// Stores the chunks returned by `next` until it returns nil.
  /// - Parameter type: A media type; an invalid one counts as unknown.
  /// - Throws: ``MediaTooLarge``, ``ClawError`` `resourceExhausted` if the tenant's limit is reached, `unavailable` if
  ///   it can't be stored now, or the error of `next`. Nothing is stored then.
  func store(
    type: String, as principal: Principal, _ next: () async throws -> [UInt8]?
  ) async throws -> StoredMedia

  /// Opens media that the user may read.
  /// - Throws: `notFound` if it does not exist, belongs to another user, or its file is missing.
  func open(_ id: MediaID, as principal: Principal) async throws -> MediaContent
}

/// Media being read.
public struct MediaContent: Sendable {
  public let media: StoredMedia
  /// The next bytes in order; nil at the end. Calls must not overlap.
  public let next: @Sendable () async throws -> [UInt8]?

  public init(media: StoredMedia, next: @escaping @Sendable () async throws -> [UInt8]?) {
    self.media = media
    self.next = next
  }
}

/// Media exceed the size limit.
public struct MediaTooLarge: Error, Sendable, Hashable {
  /// The limit in bytes.
  public let limit: Int

  public init(limit: Int) { self.limit = limit }

  /// The same as an error of the request.
  public var error: ClawError { ClawError(.invalidRequest, "an image or file may have at most \(limit) bytes") }
}

/// For gateways without a media store.
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
