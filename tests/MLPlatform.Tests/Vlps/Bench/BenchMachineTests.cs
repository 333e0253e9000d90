using MLPlatform.Cli.Bench;
using Xunit;

namespace MLPlatform.Tests.Vlps.Bench;

public sealed class BenchMachineTests
{
    [Fact]
    public void A_processor_is_told_with_family_and_model_where_they_are_known()
    {
        string[] one = ["processor\t: 0", "cpu family\t: 25", "model\t\t: 17", "model name\t: AMD EPYC"], other = ["", "processor\t: 1", "model name\t: Other"];

        Assert.Equal("AMD EPYC (family 25, model 17)", BenchMachine.CpuName([.. one, .. other]));
        Assert.Equal("AMD EPYC", BenchMachine.CpuName(["model name\t: AMD EPYC", .. other]));
        Assert.Null(BenchMachine.CpuName(["processor\t: 0", "BogoMIPS\t: 50.00"]));
    }
}
