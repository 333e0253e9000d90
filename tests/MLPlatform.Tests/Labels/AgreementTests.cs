using MLPlatform.Core.Labels;
using Xunit;

namespace MLPlatform.Tests.Labels;

/// <summary>Held to worked examples that others published.</summary>
public sealed class AgreementTests
{
    // Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), part C: four observers, twelve units, values missing.
    private static readonly string[] Observers = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."];

    [Fact]
    public void Cohens_kappa_of_the_grant_proposals_is_four_tenths() => Assert.Equal(0.4, Agreement.Cohen(
        [.. Repeat("yes", "yes", 20), .. Repeat("yes", "no", 5), .. Repeat("no", "yes", 10), .. Repeat("no", "no", 15)])!.Value, 12);

    [Fact]
    public void Fleiss_kappa_of_fourteen_raters_is_021()
    {
        int[][] counts =
        [
            [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
        ];
        Assert.Equal(0.210, Agreement.Fleiss(counts)!.Value, 3);
    }

    [Fact]
    public void Krippendorffs_alpha_with_missing_values_is_as_published()
    {
        List<List<string>> units = [.. Enumerable.Range(0, 12).Select(u => Observers.Select(o => o[u]).Where(v => v != '.').Select(v => v.ToString()).ToList())];
        Assert.Equal(0.743, Agreement.AlphaNominal(units)!.Value, 3);
        Assert.Equal(0.849, Agreement.AlphaInterval(units.Select(u => u.Select(v => (double)(v[0] - '0')).ToList()))!.Value, 3);
    }

    [Fact]
    public void Without_two_answers_or_without_two_categories_nothing_is_defined()
    {
        Assert.Null(Agreement.Cohen([]));
        Assert.Null(Agreement.Cohen([("a", "a"), ("a", "a")]));
        Assert.Null(Agreement.Fleiss([]));
        Assert.Null(Agreement.Fleiss([[1, 1], [1, 2]]));
        Assert.Null(Agreement.AlphaNominal([["a"], ["b"]]));
        Assert.Null(Agreement.AlphaInterval([[1, 1]]));
    }

    [Fact]
    public void A_report_takes_the_newest_answers_and_leaves_skips_out()
    {
        Annotation Say(int item, string who, int revision, string? choice) => new(item, who, revision, choice is null ? AnnotationAction.Skip : AnnotationAction.Save,
            choice is null ? null : $$"""{"choice":"{{choice}}"}""", DateTimeOffset.UnixEpoch);
        AgreementReport report = AgreementReport.Of(LabelKind.Classification,
            [new(2, "cid", 1, AnnotationAction.Withdraw, null, DateTimeOffset.UnixEpoch), Say(0, "ann", 1, "y"), Say(0, "ann", 2, "x"), Say(0, "bob", 1, "x"), Say(1, "ann", 1, "y"), Say(1, "bob", 1, "y"), Say(2, "ann", 1, "x"), Say(2, "bob", 1, null)],
            [new LabelItem(0, "a", "{}", """{"choice":"x"}"""), new LabelItem(1, "b", "{}", """{"choice":"x"}"""), new LabelItem(2, "c", "{}")]);
        Assert.Equal((2, 1d, null), (report.Items, report.Alpha, report.AlphaInterval));
        Assert.Equal([new PairAgreement("ann", "bob", 2, 2, 1)], report.Pairs);
        Assert.Equal([new GoldAgreement("ann", 2, 1), new GoldAgreement("bob", 2, 1)], report.Gold);
        Assert.Equal([new PersonProgress("ann", 3, 0, 0), new PersonProgress("bob", 2, 1, 0)], report.People);
    }

    private static IEnumerable<(string, string)> Repeat(string first, string second, int times) => Enumerable.Repeat((first, second), times);
}
