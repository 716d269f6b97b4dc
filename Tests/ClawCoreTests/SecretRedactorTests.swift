import ClawCore
import Testing

@Suite("Secrets are kept out of texts")
struct SecretRedactorTests {
  @Test(
    "each secret is replaced, wherever it stands, and nothing else",
    arguments: [
      ("", ""), ("nothing here", "nothing here"), ("s3cret-one", "***"), ("a s3cret-one b", "a *** b"),
      ("s3cret-ones3cret-one", "******"), ("s3cret-on", "s3cret-on"), ("ss3cret-one", "s***"),
      // The longer secret takes precedence over one that it contains; overlapping ones are masked together.
      ("xx-inner-secret-xx", "xx***xx"), ("inner-secret", "***"), ("abcdefghij", "***"), ("abcdefgh", "***gh"),
      ("grüße an schlüssel-wört!", "grüße an ***!"), ("short", "short"), ("tiny1", "tiny1"),
    ])
  func replaces(text: String, expected: String) {
    let redactor = SecretRedactor(secrets: [
      "s3cret-one", "inner-secret", "-inner-secret-", "abcdef", "defghij", "schlüssel-wört", "tiny1",
    ])
    #expect(redactor.redact(text) == expected)
  }

  @Test("vendors' keys are replaced though nobody named them, and words that only begin like one are not")
  func vendors() {
    let redactor = SecretRedactor()
    #expect(redactor.redact("key sk-abcdefghijklmnop1234, done") == "key ***, done")
    #expect(redactor.redact("AKIAIOSFODNN7EXAMPLE1 x") == "*** x")
    let plain = "sk-short and task-force-of-nineteen-letters"
    #expect(redactor.redact(plain) == plain)
    #expect(redactor.redact("äsk-abcdefghijklmnop1234") == "ä***")
  }

  @Test("a long secret is replaced whole, and its beginning alone is one, too")
  func long() {
    let secret = (0..<3000).map { String($0, radix: 36) }.joined()
    let redactor = SecretRedactor(secrets: [secret, secret + "-and-more"])
    #expect(redactor.redact("<\(secret)>") == "<***>")
    #expect(redactor.redact("<\(secret)-and-more>") == "<***>")
    #expect(redactor.redact("<\(secret.prefix(900))>") == "<***>")
    #expect(redactor.redact("<\(secret.prefix(200))>") == "<\(secret.prefix(200))>")
    let twice = SecretRedactor(secrets: [String(repeating: "ab", count: 5000)])
    #expect(twice.redact("<\(String(repeating: "ab", count: 5000))>") == "<***>")
  }

  @Test("a text is cut first, and a secret that the cut goes through does not show its beginning")
  func cutting() {
    let redactor = SecretRedactor(secrets: ["0123456789"])
    #expect(redactor.redact("abc0123456789def", first: 3) == "abc")
    for limit in 4...13 { #expect(redactor.redact("abc0123456789def", first: limit) == "abc***") }
    #expect(redactor.redact("abc0123456789def", first: 14) == "abc***d")
    #expect(redactor.redact("sk-abcdefghijklmnop1234", first: 5) == "***")
    #expect(redactor.redact("aäb", first: 2) == "a")
  }

  @Test("a thousand secrets are found like one, in whatever order they were given")
  func many() {
    let secrets = (0..<1000).map { "secret-number-\($0)-of-many" }
    let redactor = SecretRedactor(secrets: secrets.shuffled())
    let text = secrets.map { "<\($0)>" }.joined()
    #expect(redactor.redact(text) == secrets.map { _ in "<***>" }.joined())
    #expect(redactor.redact("secret-number-1000-of-many") == "secret-number-1000-of-many")
  }
}
