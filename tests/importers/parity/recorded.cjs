// Answers every prompt with one of the recorded outputs: the provider that promptfoo asks in the test.
const fs = require('fs');

module.exports = class Recorded {
  constructor({ config }) {
    this.round = config.round;
    const said = JSON.parse(fs.readFileSync(config.outputs, 'utf8'))[config.round];
    this.said = said !== null && typeof said === 'object' ? said : { output: said };
  }

  id() {
    return `round ${this.round}`;
  }

  async callApi() {
    return this.said;
  }
};
