/// The result of one check.
struct DoctorFinding: Sendable {
  enum Verdict: Sendable {
    case good
    /// Works, but worth knowing.
    case remark
    /// Has to be fixed; with the command's exit status.
    case bad(CommandStatus)
  }

  let subject: String
  let verdict: Verdict
  let text: String
  /// What to type or do to fix it.
  let remedy: String?

  static func good(_ subject: String, _ text: String) -> Self {
    Self(subject: subject, verdict: .good, text: text, remedy: nil)
  }

  static func remark(_ subject: String, _ text: String, _ remedy: String? = nil) -> Self {
    Self(subject: subject, verdict: .remark, text: text, remedy: remedy)
  }

  static func bad(_ subject: String, _ status: CommandStatus, _ text: String, _ remedy: String) -> Self {
    Self(subject: subject, verdict: .bad(status), text: text, remedy: remedy)
  }
}
