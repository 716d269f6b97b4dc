import ClawCore
import ClawStore

/// Stores media: the files in a folder, and their owners in the store.
struct MediaStore: MediaService {
  /// Bytes read or written at once.
  private static let pieceBytes = 48 * 1024

  let store: Store
  let folder: MediaFolder
  let configuration: MediaConfiguration
  let time: TimeSource
  /// Called when files may have lost their last row.
  private let onUnreferred: @Sendable () -> Void

  init(
    store: Store, configuration: MediaConfiguration, time: TimeSource, onUnreferred: @escaping @Sendable () -> Void
  ) {
    self.onUnreferred = onUnreferred
    self.store = store
    self.configuration = configuration
    self.time = time
    folder = MediaFolder(path: configuration.directory)
  }

  var maxBytes: Int { configuration.maxBytes }

  private static let notFound = ClawError(.notFound, "media not found")

  // MARK: - Writing

  func store(
    type: String, as principal: Principal, _ next: () async throws -> [UInt8]?
  ) async throws -> StoredMedia {
    try await add(type: type, of: principal.user, in: principal.tenant, next)
  }

  /// Stores media that nothing uses yet. An interrupted call leaves a row and a file, which are swept later.
  func add(
    type: String, of user: UserID, in tenant: TenantID, _ next: () async throws -> [UInt8]?
  ) async throws -> StoredMedia {
    let database = store.tenant(tenant)
    let room = Int(clamping: configuration.maxTenantBytes - (try await database.read { try $0.media.bytes() }))
    let writer = try await folder.writer(for: tenant, at: time.now)
    while let piece = try await next() {
      guard writer.size + piece.count <= maxBytes else { throw MediaTooLarge(limit: maxBytes) }
      guard writer.size + piece.count <= room else { throw full }
      try await writer.write(piece)
    }
    let content = try await writer.finish()
    guard content.size > 0 else { throw ClawError(.invalidRequest, "an image or file must not be empty") }
    let now = time.now
    let media = StoredMedia(
      part: MediaPart(
        id: .generate(at: now), digest: content.digest, type: MediaType.name(type) ?? MediaType.unknown,
        size: content.size), user: user, createdAt: now)
    let limit = Int64(clamping: configuration.maxTenantBytes)
    // Before the file gets its final name: a file that a row refers to is never removed.
    try await database.write { [full] transaction in
      // Checked again: uploads may have finished since this one began.
      guard try transaction.media.bytes() + Int64(content.size) <= limit else { throw full }
      try transaction.media.add(media)
    }
    try await writer.keep(content)
    return media
  }

  private var full: ClawError {
    ClawError(
      .resourceExhausted,
      "the media of this tenant take all of their \(configuration.maxTenantBytes) bytes; delete sessions that have some",
      retryAfter: .zero)
  }

  /// Stores the content of a data URL.
  /// - Throws: ``ClawError`` `invalidRequest` if it can't be decoded or is too large.
  func add(_ url: DataURL, of user: UserID, in tenant: TenantID) async throws -> StoredMedia {
    var bytes = url.bytes()
    do {
      return try await add(type: url.mediaType, of: user, in: tenant) { try bytes.next(Self.pieceBytes) }
    } catch is Base64Decoder.Broken {
      throw ClawError(field: .message, "holds a data: URL that is not valid base64")
    } catch let error as MediaTooLarge {
      throw error.error
    }
  }

  /// Stores the output of a tool.
  /// - Throws: ``ClawError`` `invalidRequest` if it is too large.
  func add(_ bytes: [UInt8], type: String, of user: UserID, in tenant: TenantID) async throws -> MediaPart {
    var rest: [UInt8]? = bytes
    do {
      return try await add(type: type, of: user, in: tenant) { rest.take() }.part
    } catch let error as MediaTooLarge {
      throw error.error
    }
  }

  /// Removes media that remained unused. If that fails, they are swept later.
  func giveBack(_ media: [MediaID], of tenant: TenantID) async {
    guard !media.isEmpty else { return }
    let now = time.now
    try? await store.tenant(tenant).write { try $0.media.removeUnused(media, at: now) }
    onUnreferred()
  }

  // MARK: - Reading

  func open(_ id: MediaID, as principal: Principal) async throws -> MediaContent {
    guard let media = try await store.tenant(principal.tenant).read({ try $0.media.media(id) }),
      media.user == principal.user,
      let reader = try await folder.reader(of: media.part.digest, in: principal.tenant)
    else { throw Self.notFound }
    return MediaContent(media: media) { try await reader.next(Self.pieceBytes) }
  }

  /// The media of a tenant, for model requests.
  func source(of tenant: TenantID) -> MediaSource { MediaSource { try await base64(of: $0, in: tenant) } }

  /// The content in base64; nil if the file is missing.
  private func base64(of part: MediaPart, in tenant: TenantID) async throws -> String? {
    guard let reader = try await folder.reader(of: part.digest, in: tenant) else { return nil }
    var encoder = Base64Encoder(size: part.size)
    while let piece = try await reader.next(Self.pieceBytes) { encoder.append(piece) }
    encoder.finish()
    return String(decoding: encoder.text, as: UTF8.self)
  }
}
