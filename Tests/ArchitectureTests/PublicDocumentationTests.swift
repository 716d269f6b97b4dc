import Testing

/// The documentation of the two public libraries.
@Suite("Documentation of the libraries")
struct PublicDocumentationTests {
  private static let products: Set = ["ClawProtocol", "ClawClient"]

  private static let declarations: [(SourceTree.File, SwiftOutline.Declaration)] = SourceTree.files
    .filter { products.contains($0.target) }
    .flatMap { file in SwiftOutline(file.text).declarations.map { (file, $0) } }
    .filter { $0.1.isPublic && $0.1.keyword != "extension" }

  @Test("each public declaration of ClawProtocol and ClawClient has a comment that says more than its name")
  func documented() {
    #expect(Self.declarations.count > 900)
    for (file, declared) in Self.declarations where !Self.isInherited(declared) {
      let place = "\(file):\(declared.line): \(declared.path.joined(separator: "."))"
      if declared.documentation.isEmpty {
        Issue.record("\(place) has no doc comment")
      } else {
        #expect(Self.saysMore(declared), "the comment of \(place) says no more than its name")
      }
    }
  }

  @Test("the reader of declarations sees cases, requirements and members of extensions, and nothing that is private")
  func outline() {
    let found = SwiftOutline(
      """
      /// One.
      public enum A: Sendable {
        case one(String)
        /// Two.
        @inline(__always)
        public static func two(
          _ x: [String: Int]
        ) -> Int {
          switch x { case _: let y = { 1 }; return y() }
        }
        var hidden: Int { 1 }
        enum Inner { case three }
      }
      public protocol P {
        var four: Int { get }
      }
      extension A {
        public init() { self = .one("}") }  // }
        private func six() {}
      }
      struct Own { public var seven = 1 }
      """
    ).declarations
    let paths = found.filter(\.isPublic).map { $0.path.joined(separator: ".") }
    #expect(paths == ["A", "A.one", "A.two", "P", "P.four", "A.init"])
    #expect(found.filter { $0.isPublic && !$0.documentation.isEmpty }.map(\.name) == ["A", "two"])
    #expect(found.first { $0.name == "two" }?.lineCount == 5)
    #expect(found.first { $0.name == "A" }?.lineCount == 12)
  }

  /// Whether the documentation is inherited from the protocol requirement, as DocC and editors do.
  private static func isInherited(_ declared: SwiftOutline.Declaration) -> Bool {
    let rest = declared.rest
    switch declared.keyword {
    case "let", "var":
      if declared.container.contains(": Method {") { return ["name", "role", "summary"].contains(declared.name) }
      if rest.hasPrefix("runId, sessionKey, agentId") { return declared.container.contains("RunEventPayload") }
      return rest.hasPrefix("description: String {")
    case "typealias":
      return ["Element", "Failure"].contains(declared.name) || rest == "Params = NoParams"
    case "init": return rest.hasPrefix("(from decoder")
    case "func":
      let standard = ["==", "hash(into", "encode(to", "makeAsyncIterator()", "next("]
      return standard.contains { rest.hasPrefix($0) }
    default: return declared.name == "CodingKeys"
    }
  }

  /// Whether the comment contains a word that is neither part of the name nor a stop word.
  private static func saysMore(_ declared: SwiftOutline.Declaration) -> Bool {
    let empty: Set = ["a", "an", "the", "of", "for", "to", "and", "this", "that", "is", "its"]
    let named = Set(declared.path.flatMap { words($0) })
    return words(declared.documentation).contains { !empty.contains($0) && !named.contains($0) }
  }

  /// The words of a text or a camel-case name, in lower case and without a plural `s`.
  private static func words(_ text: String) -> [String] {
    var words = [""]
    var wasSmall = false
    for character in text {
      if !character.isLetter && !character.isNumber || character.isUppercase && wasSmall { words.append("") }
      if character.isLetter || character.isNumber { words[words.count - 1] += character.lowercased() }
      wasSmall = character.isLowercase
    }
    return words.filter { !$0.isEmpty }.map { $0.count > 2 && $0.hasSuffix("s") ? String($0.dropLast()) : $0 }
  }
}
