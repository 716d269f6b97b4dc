import ClawCore
import ClawJSON

/// Rules shared by all named resources: keys, users, tenants, providers.
enum ResourceRules {
  /// Checks that a change applies to the revision its author has read; nil accepts any revision.
  /// - Throws: `failedPrecondition` if it was changed concurrently.
  static func check(_ wanted: Int64?, is revision: Int64) throws(ClawError) {
    guard wanted ?? revision == revision else {
      throw ClawError(
        .failedPrecondition, "it was changed meanwhile; read it again and send its new ETag",
        details: [.revision: .integer(revision)])
    }
  }

  /// - Throws: `invalidRequest` for a name that lists could not show.
  static func name(_ name: String) throws(ClawError) -> String {
    guard (1...200).contains(name.utf8.count), !name.containsControlCharacters,
      !name.isBlank
    else { throw ClawError(field: .name, "must be 1 to 200 bytes without control characters") }
    return name
  }
}

extension Page {
  /// A page from a read of one item more than the limit, which shows whether more follow.
  init(_ read: [Item], limit: Int, cursor: (Item) -> String) {
    let items = Array(read.prefix(limit))
    self.init(items: items, nextCursor: read.count > limit ? items.last.map(cursor) : nil)
  }
}
