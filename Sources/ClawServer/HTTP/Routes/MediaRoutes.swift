import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import HummingbirdCore
import NIOCore

/// `/v1/media`: upload and download of images and files, in chunks.
struct MediaRoutes: Sendable {
  let media: any MediaService

  private static let path = "/v1/media"
  /// Types that a browser may display: none that can contain scripts.
  private static let shown: UTF8Set = ["image/png", "image/jpeg", "image/gif", "image/webp"]

  var all: [HTTPRoute] {
    let limit = media.maxBytes
    return [
      HTTPRoute(.post, Self.path, access: .role(.operator_), body: .stream(limit: limit)) { try await store($0) },
      HTTPRoute(.get, Self.path + "/{id}", access: .role(.viewer)) { try await send($0) },
    ]
  }

  private func store(_ request: RouteRequest) async throws -> Response {
    let (media, caller) = (media, try request.caller())
    let type = request.headers[.contentType] ?? MediaType.unknown
    do {
      let stored = try await request.stream { next in try await media.store(type: type, as: caller, next) }
      return .json(
        MediaBody(stored), status: .created, headers: [.location: "\(Self.path)/\(stored.part.id)"])
    } catch let error as MediaTooLarge {
      throw HTTPFailure.bodyTooLarge(error.error.message)
    }
  }

  private func send(_ request: RouteRequest) async throws -> Response {
    let content = try await media.open(MediaID(unchecked: try request.parameter("id")), as: try request.caller())
    let part = content.media.part
    let isShown = Self.shown.contains(part.type)
    var headers: HTTPFields = [
      .contentType: part.type, .eTag: "\"\(part.digest)\"", .cacheControl: "private, no-cache",
      .contentDisposition: "\(isShown ? "inline" : "attachment"); filename=\"\(part.id)\"",
      .contentSecurityPolicy: "default-src 'none'; sandbox",
    ]
    if let known = request.headers[.ifNoneMatch], known.containsBytes(of: part.digest) {
      headers[.contentType] = nil
      return Response(status: .notModified, headers: headers)
    }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody(contentLength: part.size) { writer in
        while let piece = try await content.next() { try await writer.write(ByteBuffer(bytes: piece)) }
        try await writer.finish(nil)
      })
  }
}

extension MediaBody {
  init(_ media: StoredMedia) {
    self.init(
      id: media.part.id.rawValue, kind: media.part.kind.rawValue, type: media.part.type, size: media.part.size,
      sha256: media.part.digest, created_at: media.createdAt.milliseconds)
  }
}
