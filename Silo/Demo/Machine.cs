using System.Text.Json;

namespace Weir.Silo.Demo;

/// <summary>
/// A simulated machine: values that wander about their set point, as those of a real one do, and now and then a stop.
/// </summary>
internal sealed class Machine(string topic, Random chance)
{
    private readonly double setTemperature = 40 + chance.NextDouble() * 120;
    private readonly double setSpeed = 300 + chance.NextDouble() * 1_200;
    private double temperature = 20;
    private double speed;
    private double energy;
    private long parts;
    private int stoppedFor;

    /// <summary>Where it publishes.</summary>
    public string Topic { get; } = topic;

    /// <summary>A second passes; answers the telemetry as JSON.</summary>
    public byte[] Step()
    {
        stoppedFor = stoppedFor > 0 ? stoppedFor - 1 : chance.NextDouble() < 0.004 ? 10 + chance.Next(40) : 0;
        var runs = stoppedFor == 0;
        temperature += ((runs ? setTemperature : 25) - temperature) * 0.05 + Noise() * 0.4;
        speed += ((runs ? setSpeed : 0) - speed) * 0.3 + (runs ? Noise() * 4 : 0);
        var power = 0.4 + Math.Max(0, speed) * 0.01 + (runs ? Math.Abs(Noise()) : 0);
        energy += power / 3_600;
        if (runs && chance.NextDouble() < 0.3) parts++;
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            state = runs ? "running" : "stopped",
            temperature = Math.Round(temperature, 2),
            speed = Math.Round(Math.Max(0, speed), 1),
            power = Math.Round(power, 3),
            energy = Math.Round(energy, 4),
            parts,
        });
    }

    private double Noise() => chance.NextDouble() + chance.NextDouble() - 1;
}
