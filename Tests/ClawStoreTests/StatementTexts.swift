import Foundation
import Testing

@testable import ClawStore

/// The texts of all statements, parsed from the sources, so that none is missing.
struct StatementTexts {
  struct Statement: CustomTestStringConvertible {
    let text: String
    let file: String

    var testDescription: String { "\(file): \(text.split(separator: "\n").first ?? "")" }
  }

  static let sources: URL = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources")

  static let tenant = written("TenantStatement") + derivedForTenants
  static let node = written("NodeStatement") + derivedForNode

  /// Statements derived from table declarations.
  static let derivedForTenants = Tables.ofTenants.flatMap { table in
    let erasing = [table.removalOfSome, table.removalOfAll].compactMap(\.self) + table.removalsOfSomeOfUser
    return (erasing + table.removalsOfUser).map {
      Statement(text: $0.text(.sqlite), file: "Repositories/Erasure.swift")
    }
      + [table.page].compactMap(\.self).map { Statement(text: $0.text(.sqlite), file: "Repositories/Export.swift") }
  }
  static let derivedForNode = Tables.all.compactMap(\.removalOfTenant)
    .map { Statement(text: $0.text(.sqlite), file: "Repositories/Erasure.swift") }

  /// The text of each file below a folder of the sources, by its relative path.
  static func files(below folder: String) -> [String: String] {
    let base = sources.appendingPathComponent(folder)
    let walk = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)
    var files: [String: String] = [:]
    while let file = walk?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      files[String(file.path.dropFirst(base.path.count + 1))] = try? String(contentsOf: file, encoding: .utf8)
    }
    return files
  }

  static func written(_ kind: String) -> [Statement] {
    files(below: "ClawStore").sorted { $0.key < $1.key }.flatMap { name, text in
      text.components(separatedBy: "\(kind)(").dropFirst().compactMap { rest in
        literal(in: rest.drop(while: \.isWhitespace)).map { Statement(text: $0, file: name) }
      }
    }
  }

  /// The string literal at the start of a text; nil if there is none.
  private static func literal(in text: Substring) -> String? {
    for quote in ["\"\"\"", "\""] where text.hasPrefix(quote) {
      let body = text.dropFirst(quote.count)
      guard let end = body.range(of: quote) else { return nil }
      return body[..<end.lowerBound].replacingOccurrences(of: "\\\\", with: "\\")
        .trimmingCharacters(in: .whitespacesAndNewlines)
    }
    return nil
  }
}
