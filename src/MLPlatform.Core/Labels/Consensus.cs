namespace MLPlatform.Core.Labels;

/// <summary>What several people say about one item, taken together.</summary>
/// <param name="ValueJson">The answer that was decided, or else that most of them gave; null where none did or two answers have as many votes.</param>
/// <param name="Votes">Votes for the answer, or for the one with the most.</param>
/// <param name="Answers">People who labeled the item, those who decided it aside.</param>
/// <param name="Decided">Whether a person decided it.</param>
public sealed record Consensus(string? ValueJson, int Votes, int Answers, bool Decided = false)
{
    /// <summary>Whether people disagree and nobody decided.</summary>
    public bool Disputed => ValueJson is null && Answers > 0;

    /// <summary>Takes the newest revision of each person; a skip is no vote, and the newest decision stands above all votes.</summary>
    public static Consensus Of(IEnumerable<Annotation> annotations)
    {
        List<Annotation> newest = [.. annotations.GroupBy(a => a.Annotator, StringComparer.Ordinal).Select(own => own.MaxBy(a => a.Revision)!)];
        List<(string Value, int Votes)> ranked = [.. newest.Where(a => a.Action == AnnotationAction.Save).CountBy(a => a.ValueJson!, StringComparer.Ordinal)
            .Select(c => (c.Key, c.Value)).OrderByDescending(v => v.Value).ThenBy(v => v.Key, StringComparer.Ordinal)];
        int answers = ranked.Sum(v => v.Votes);
        if (newest.Where(a => a.Action == AnnotationAction.Decide).OrderBy(a => a.At).ThenBy(a => a.Annotator, StringComparer.Ordinal).LastOrDefault() is { } decision)
            return new Consensus(decision.ValueJson, ranked.FirstOrDefault(v => v.Value == decision.ValueJson).Votes, answers, Decided: true);
        if (answers == 0)
            return new Consensus(null, 0, 0);
        bool tie = ranked.Count > 1 && ranked[0].Votes == ranked[1].Votes;
        return new Consensus(tie ? null : ranked[0].Value, ranked[0].Votes, answers);
    }
}
