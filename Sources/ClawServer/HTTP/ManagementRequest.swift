import ClawCore
import ClawJSON
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Request parsing for the management routes.
extension RouteRequest {
  /// `limit` and `cursor` of a list.
  /// - Throws: `invalidRequest`.
  func paging(standard: Int = 50, max: Int = 200) throws(ClawError) -> (limit: Int, cursor: String?) {
    let limit = query["limit"].map { Int($0) ?? 0 } ?? standard
    guard (1...max).contains(limit) else { throw ClawError(.invalidRequest, "limit must be 1 to \(max)") }
    let cursor = query["cursor"].flatMap { $0.isEmpty ? nil : $0 }
    guard cursor?.utf8.count ?? 0 <= 512 else { throw ClawError(.invalidRequest, "cursor is none of ours") }
    return (limit, cursor)
  }

  /// Decodes the body, which must not contain other fields than these: an ignored field would look as if it had an
  /// effect.
  /// - Throws: `invalidRequest` naming the location or the field.
  func decode<Body: Decodable>(_ type: Body.Type, fields: UTF8Set) throws(ClawError) -> Body {
    do {
      let value = try body.withUnsafeReadableBytes { raw in
        Result { () throws(JSONError) in try JSONValue(parsing: raw) }
      }.get()
      guard let members = value.objectValue else { throw ClawError(.invalidRequest, "the body must be an object") }
      if let unknown = members.keys.filter({ !fields.contains($0) }).min() {
        throw ClawError(
          .invalidRequest,
          "unknown or fixed field: \(unknown.prefix(100)); known are \(fields.sorted().joined(separator: ", "))")
      }
      return try value.decode(type)
    } catch let error as JSONError {
      if error.line != nil { throw ClawError(.invalidRequest, "the body is not valid JSON: \(error)") }
      throw ClawError(.invalidRequest, "\(error)")
    } catch let error as ClawError {
      throw error
    } catch {
      throw ClawError(wrapping: error)
    }
  }

  /// The revision in `If-Match`; nil without a condition.
  /// - Throws: 412 for an impossible revision.
  var wantedRevision: Int64? {
    get throws(HTTPFailure) {
      guard let match = headers[.ifMatch], match != "*" else { return nil }
      guard match.startsWith("\""), match.endsWith("\""), let revision = Int64(match.dropFirst().dropLast()) else {
        throw HTTPFailure(
          ClawError(.failedPrecondition, "If-Match must be the ETag of an earlier answer"),
          status: .preconditionFailed)
      }
      return revision
    }
  }

  /// Runs a conditional change; 412 if the revision differs.
  func changing<Value>(_ body: (Int64?) async throws -> Value) async throws -> Value {
    let revision = try wantedRevision
    do {
      return try await body(revision)
    } catch let error as ClawError where error.code == .failedPrecondition && error.details?[.revision] != nil {
      throw HTTPFailure(error, status: .preconditionFailed)
    }
  }
}

extension HTTPFields {
  /// Response headers with the resource's revision.
  static func revision(_ revision: Int64) -> HTTPFields { [.eTag: "\"\(revision)\"", .cacheControl: "no-store"] }
}
